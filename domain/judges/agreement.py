"""Whether those who were asked agree: what it takes to prove a record, and what prevents it.

The rule for `passed` is that of the product contract, section 1.1. Law: a server that is silent is left out, one
that says something else is not; a resolver never outweighs the zone's own servers, unless it holds them to be forged.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from domain.diagnosis import Code, Diagnosis, shown
from domain.judges.case import MOST_SHOWN, Case, about, names
from domain.judges.unseen import by_resolvers, unseen
from domain.observation import CLEAR, Answer, Question, Seen, Whom, voices
from domain.questions import chain_of, leads

ENOUGH: Final = 2  # agreeing views


def agreement(case: Case) -> Diagnosis | None:
    """What prevents a record that leads to its target from being proven; or what is to be said beside it."""
    chain = chain_of(case.record, case.observation)
    for fault in (parted, _bogus, _too_few, _stale):
        found = (fault(case, question) for question in chain)
        diagnosis = next((one for one in found if one), None)
        if diagnosis is not None:
            return diagnosis
    return None


def parted(case: Case, question: Question) -> Diagnosis | None:
    """Some of the zone's servers have it and others not."""
    clear = [answer for answer in voices(case.observation, question) if answer.seen in CLEAR]
    if len(clear) < 2:  # noqa: PLR2004 - one cannot differ from itself
        return None
    having = [answer for answer in clear if _is_right(case, question, answer)]
    lacking = [answer for answer in clear if not _is_right(case, question, answer)]
    if not having or not lacking:
        return None
    seen = {value for answer in clear for value in answer.values}
    with_it, without = names(having), names(lacking)
    if set(with_it) & set(without):
        with_it, without = _in_full(having), _in_full(lacking)
    return about(replace(case.says(Code.PARTIAL, seen, without), having=with_it), question)


def parted_before(case: Case) -> Diagnosis | None:
    """That the servers did not agree, as an earlier look said, where this one heard nothing that refutes it."""
    before = case.before
    if before is None or before.code is not Code.PARTIAL:
        return None
    question = Question(before.name, case.record.type)
    is_on_the_way = question in chain_of(case.record, case.observation)
    return before if is_on_the_way and _still_parted(case, question, before) else None


def _still_parted(case: Case, question: Question, before: Diagnosis) -> bool:
    """Whether one of those that had the record may have it still, and one of those that had not may still lack it."""
    said = tuple(voices(case.observation, question))
    clear = [answer for answer in said if answer.seen in CLEAR]
    right = _all_names(answer for answer in clear if _is_right(case, question, answer))
    wrong = _all_names(answer for answer in clear if not _is_right(case, question, answer))
    everybody = case.sight(question, Whom.SERVERS) is not None
    unheard = {*before.having, *before.servers} - right - wrong
    silent = unheard & _all_names(said) if everybody else unheard
    return bool(set(before.having) & (right | silent)) and bool(set(before.servers) & (wrong | silent))


def _bogus(case: Case, question: Question) -> Diagnosis | None:
    """Whether a resolver that checks signatures holds the answer to be bad (RFC 4035, section 4.3)."""
    said = [answer for answer in case.resolved(question) if answer.seen is Seen.BOGUS]
    return by_resolvers(case, question, said) if said else None


def _too_few(case: Case, question: Question) -> Diagnosis | None:
    """Whether fewer views agree than a pass takes; then what the others said."""
    agreeing = {
        answer.address
        for answer in voices(case.observation, question)
        if answer.address and _is_right(case, question, answer)
    }
    if agreeing and (not case.proves or _is_confirmed(case, question, len(agreeing))):
        return None
    others = any(answer.seen not in CLEAR for answer in voices(case.observation, question))
    blind = [answer for answer in case.resolved(question) if answer.seen not in CLEAR]
    return by_resolvers(case, question, blind) if blind and not others else unseen(case, question)


def _is_confirmed(case: Case, question: Question, agreeing: int) -> bool:
    """Whether so many agreeing addresses are enough, of all that were asked; a zone may have no more than one."""
    sights = [case.sight(question), case.sight(question, Whom.SERVERS)]
    zones = [sight.delegation for sight in sights if sight and sight.delegation]
    if len({address for zone in zones for address in zone.addresses}) == 1:
        return True
    seconded = any(_is_right(case, question, answer) for answer in case.resolved(question))
    return sights[1] is not None and (agreeing >= ENOUGH or seconded)


def _stale(case: Case, question: Question) -> Diagnosis | None:
    """Whether a resolver still keeps an older answer, and until when it may."""
    older = [
        answer
        for answer in case.resolved(question)
        if answer.seen in CLEAR and not _is_right(case, question, answer)
    ]
    if not older:
        return None
    kept = timedelta(seconds=max(answer.ttl for answer in older))
    until = case.known.at + kept if case.known.at else None
    return replace(case.says(Code.STALE_CACHE, case.values(case.question), names(older)), until=until)


def _is_right(case: Case, question: Question, answer: Answer) -> bool:
    """Whether an answer ends at the target, or goes on as the chain does that ends there."""
    if answer.seen is not Seen.RECORDS:
        return False
    is_hop = leads(case.record, case.observation) and answer.values == case.values(question)
    return is_hop or answer.values == (case.record.value,)


def _in_full(answers: Iterable[Answer]) -> tuple[str, ...]:
    """Who said these, with the address: one server may say two things."""
    return tuple(dict.fromkeys(map(_full_name, answers)))[:MOST_SHOWN]


def _full_name(answer: Answer) -> str:
    return shown(f"{answer.server} ({answer.address})" if answer.server else answer.address)


def _all_names(answers: Iterable[Answer]) -> set[str]:
    """Everything that those who said these may be called."""
    return {name for answer in answers for name in (shown(answer.server), answer.address, _full_name(answer))}
