"""What is still to be asked of DNS, from what was answered so far. Pure: the network only loops over it.

Law: a routine look costs one query for each record. Where records are put by mistake is sought only after a
clear *missing*, and only by looks that probe; everybody is asked only before a pass, or by looks that probe.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from domain.challenge import Challenge, ExpectedRecord
from domain.observation import CLEAR, Answer, Asked, Observation, Question, Seen, Whom, told

LONGEST_CHAIN: Final = 8
OTHER_TYPES: Final = ("TXT", "A", "AAAA")
JUST_NOW: Final = 1_000  # records that are asked or judged about at the same time


class Manner(NamedTuple):
    """How a look is made. `probe`: mistakes are sought. `thorough`: a pass needs what the contract asks for it."""

    probe: bool = False
    thorough: bool = True


def further(challenge: Challenge, observation: Observation, manner: Manner) -> tuple[Asked, ...]:
    """What is still to be asked; nothing where all is known that this manner of looking wants to know."""
    if not observation:
        return tuple(Asked(question_of(record)) for record in challenge.records)
    chains = [(record, chain_of(record, observation)) for record in challenge.records]
    wanted = {Asked(question): None for _, chain in chains for question in chain}
    if manner.probe:
        wanted |= dict.fromkeys(asked for record, _ in chains for asked in _probes(record, observation))
    if manner.thorough and all(_ends_at(record, chain, observation) for record, chain in chains):
        wanted |= dict.fromkeys(asked for record, chain in chains for asked in _before_a_pass(record, chain))
    return tuple(asked for asked in wanted if asked not in observation)


def _before_a_pass(record: ExpectedRecord, chain: Iterable[Question]) -> Iterator[Asked]:
    """All the servers along the chain, the resolvers, and what must not stand there beside the record."""
    for question in chain:
        yield Asked(question, Whom.SERVERS)
        yield Asked(question, Whom.RESOLVERS)
    yield Asked(sibling(record))
    yield Asked(Question(record.name, "TXT"))


def _probes(record: ExpectedRecord, observation: Observation) -> Iterator[Asked]:
    answer = told(observation, question_of(record))
    if answer is None or answer.seen not in CLEAR:
        return
    if answer.seen is Seen.RECORDS:
        yield Asked(sibling(record))
    yield from _everybody(chain_of(record, observation), observation)
    if answer.seen is Seen.RECORDS:
        return
    if answer.seen is Seen.NODATA:
        yield from _other_forms(record, observation)
    else:
        yield Asked(Question(domain_of(record), "SOA"))
    yield from (Asked(place.question) for place in misplacements(record))


def _everybody(chain: Iterable[Question], observation: Observation) -> Iterator[Asked]:
    """All servers along a chain, each hop where one of them has answered."""
    yield from (Asked(hop, Whom.SERVERS) for hop in chain if told(observation, hop) is not None)


def _other_forms(record: ExpectedRecord, observation: Observation) -> Iterator[Asked]:
    """What else stands at the name; and where something does, whether it stands at every name there: a wildcard's."""
    for type_ in OTHER_TYPES:
        question = Question(record.name, type_)
        yield Asked(question)
        answer = told(observation, question)
        if answer is not None and answer.seen is Seen.RECORDS:
            yield Asked(Question(sibling(record).name, type_))


def leads(record: ExpectedRecord, observation: Observation) -> bool:
    """Whether the chain of CNAMEs at a record ends at its target, as far as one server of each zone says."""
    return _ends_at(record, chain_of(record, observation), observation)


def _ends_at(record: ExpectedRecord, chain: Sequence[Question], observation: Observation) -> bool:
    end = told(observation, chain[-1])
    return end is not None and end.seen is Seen.RECORDS and end.values == (record.value,)


def chain_of(record: ExpectedRecord, observation: Observation) -> tuple[Question, ...]:
    """The questions along a chain of CNAMEs from a record, each where the one before points; 8 at most."""
    chain = [question_of(record)]
    while len(chain) < LONGEST_CHAIN:
        following = _next_hop(record, told(observation, chain[-1]))
        if following is None or following in chain:
            break
        chain.append(following)
    return tuple(chain)


def is_loop(record: ExpectedRecord, observation: Observation) -> bool:
    """Whether a chain of CNAMEs comes back to where it was."""
    chain = chain_of(record, observation)
    return _next_hop(record, told(observation, chain[-1])) in chain


def is_too_long(record: ExpectedRecord, observation: Observation) -> bool:
    """Whether a chain of CNAMEs goes on after the last hop that we follow."""
    chain = chain_of(record, observation)
    following = _next_hop(record, told(observation, chain[-1]))
    return following is not None and following not in chain


def _next_hop(record: ExpectedRecord, answer: Answer | None) -> Question | None:
    if answer is None or answer.seen is not Seen.RECORDS or len(answer.values) != 1:
        return None
    if answer.values[0] == record.value:
        return None
    return Question(answer.values[0], record.type) if is_host_name(answer.values[0]) else None


def is_host_name(text: str) -> bool:
    """Whether a target is made of what host names and selectors are made of."""
    return bool(text) and all(sign.isalnum() or sign in "-_." for sign in text)


def question_of(record: ExpectedRecord) -> Question:
    """The one question of a routine look at a record."""
    return Question(record.name, record.type)


def domain_of(record: ExpectedRecord) -> str:
    """The sending domain that a record stands under."""
    return record.name.partition("._domainkey.")[2]


def selector_of(record: ExpectedRecord) -> str:
    """The first label of a record's name."""
    return record.name.partition(".")[0]


@lru_cache(maxsize=JUST_NOW)
def sibling(record: ExpectedRecord) -> Question:
    """A name beside the record that nobody has published: the token turned round. What stands there is a wildcard's."""
    selector, dash, token = selector_of(record).partition("-")
    return Question(f"{selector}{dash}{token[::-1]}x._domainkey.{domain_of(record)}", record.type)


class Misplacement(NamedTuple):
    """Where a record is put by mistake, and how that is called: the last part of its code."""

    mistake: str
    question: Question


@lru_cache(maxsize=JUST_NOW)
def misplacements(record: ExpectedRecord) -> tuple[Misplacement, ...]:
    """Every place where people put a record by mistake, the more telling first."""
    selector, domain = selector_of(record), domain_of(record)
    above = domain.partition(".")[2]
    names = [
        ("name_doubled", f"{record.name}.{domain}"),
        ("label_missing", f"{selector}.{domain}"),
        ("label_missing", domain),
        ("underscore_lost", f"{selector}.domainkey.{domain}"),
        ("underscore_lost", f"{selector}.-domainkey.{domain}"),
        ("wrong_zone", f"{selector}._domainkey.www.{domain}"),
    ]
    if "." in above:
        names.append(("wrong_zone", f"{selector}._domainkey.{above}"))
    return tuple(Misplacement(mistake, Question(name, record.type)) for mistake, name in names)
