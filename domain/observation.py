"""What was asked of DNS and what was answered: facts, not yet judged.

Law: the ways of not getting an answer stay different values. Silence is never absence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from domain.challenge import Challenge, ExpectedRecord

LONGEST_CHAIN: Final = 8


class Seen(StrEnum):
    """How one question was answered."""

    RECORDS = "records"
    NODATA = "nodata"  # the name exists, with other types (RFC 2308, section 2.2)
    NXDOMAIN = "nxdomain"  # the name does not exist
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"


CLEAR: Final = frozenset({Seen.RECORDS, Seen.NODATA, Seen.NXDOMAIN})


class Question(NamedTuple):
    """One question. The name is in lower case, without a final dot. A tuple: it is a key at every step."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one server said to one question.

    `values` are the records of the type that was asked for at exactly that name: host names in lower case
    without a final dot, texts as they stand. `address` is `IP` or `IP:port`, `rcode` its name (RFC 6895).
    """

    seen: Seen
    values: tuple[str, ...] = ()
    address: str = ""
    rcode: str = ""


Observation = Mapping[Question, Answer]


def question_of(record: ExpectedRecord) -> Question:
    """The one question of a routine look at a record."""
    return Question(record.name, record.type)


def domain_of(record: ExpectedRecord) -> str:
    """The sending domain that a record stands under."""
    return record.name.partition("._domainkey.")[2]


def doubled(record: ExpectedRecord) -> Question:
    """Where a record stands whose whole name was typed into a panel that appends the domain itself."""
    return Question(f"{record.name}.{domain_of(record)}", record.type)


def chain_of(record: ExpectedRecord, observation: Observation) -> tuple[Question, ...]:
    """The questions along a chain of CNAMEs from a record, each where the one before points; 8 at most."""
    chain = [question_of(record)]
    while len(chain) < LONGEST_CHAIN:
        answer = observation.get(chain[-1])
        if answer is None or len(answer.values) != 1 or answer.values[0] == record.value:
            break
        following = Question(answer.values[0], record.type)
        if following in chain or not _is_host_name(following.name):
            break
        chain.append(following)
    return tuple(chain)


def further_questions(challenge: Challenge, observation: Observation, *, probe: bool) -> tuple[Question, ...]:
    """What is still to be asked. A routine look asks one question per record, and follows where it points.

    With `probe`, also where records are put by mistake; only after a clear *missing*.
    """
    wanted = dict.fromkeys(
        question
        for record in challenge.records
        for question in (*chain_of(record, observation), *(_probes(record, observation) if probe else ()))
    )
    return tuple(question for question in wanted if question not in observation)


def _probes(record: ExpectedRecord, observation: Observation) -> tuple[Question, ...]:
    answer = observation.get(question_of(record))
    if answer is None or answer.seen not in {Seen.NODATA, Seen.NXDOMAIN}:
        return ()
    if answer.seen is Seen.NXDOMAIN:
        return (doubled(record), Question(domain_of(record), "SOA"))
    here = (Question(record.name, type_) for type_ in ("TXT", "A", "AAAA"))
    return (*here, doubled(record))


def _is_host_name(name: str) -> bool:
    return all(sign.isalnum() or sign in "-_." for sign in name)
