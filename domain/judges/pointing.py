"""A CNAME stands at the name: where it leads, and which mistake leads there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from domain.diagnosis import Code, Diagnosis
from domain.judges.agreement import agreement, parted, parted_before
from domain.judges.case import Case, presentable
from domain.judges.unseen import unseen
from domain.observation import Question
from domain.questions import (
    chain_of,
    domain_of,
    is_host_name,
    is_loop,
    is_too_long,
    leads,
    question_of,
    sibling,
)

NEAR_MISS: Final = 2  # letters that may differ in a near miss


def pointing(case: Case) -> Diagnosis | None:
    """What is wrong with a record that is there; nothing where it leads to its target, as the contract asks it."""
    values = case.values(case.question)
    if len(values) > 1:
        return case.says(Code.MULTIPLE_CNAMES, values)
    if _is_wildcard(case, values):
        return case.says(Code.WILDCARD, values)
    if leads(case.record, case.observation):
        return _beside(case) or agreement(case) or _parted_before(case)
    return _parted(case) or parted_before(case) or _elsewhere(case, values[0])


def _is_wildcard(case: Case, values: tuple[str, ...]) -> bool:
    """Whether what stands at the name stands at every name there (RFC 4592), or leads from all of them to its target.

    Where the look did not see that, what an earlier one found holds while the answer is the same.
    """
    record, beside = case.record, sibling(case.record)
    if not case.clear(beside):
        before = case.before
        return before is not None and (before.code, before.seen) == (Code.WILDCARD, presentable(values))
    synthesised = case.values(beside)
    return bool(synthesised) and (
        synthesised == values or leads(replace(record, name=beside.name), case.observation)
    )


def _parted_before(case: Case) -> Diagnosis | None:
    """That the servers did not agree, where this look did not ask them all: it will not pass, for another record."""
    everything = all(leads(record, case.observation) for record in case.challenge.records)
    return None if everything else parted_before(case)


def _parted(case: Case) -> Diagnosis | None:
    """Whether the servers of a zone on the way do not agree: some of them say what would lead to the target."""
    found = (parted(case, hop) for hop in chain_of(case.record, case.observation))
    return next((one for one in found if one), None)


def _beside(case: Case) -> Diagnosis | None:
    """Texts beside the CNAME, where nothing else may stand (RFC 1034, section 3.6.2)."""
    texts = case.values(Question(case.record.name, "TXT"))
    return case.says(Code.CNAME_WITH_OTHER_DATA, texts) if texts else None


def _elsewhere(case: Case, target: str) -> Diagnosis:
    """Which mistake leads to such a target. Where no mistake is plain, its end has to be seen before it is wrong."""
    code = _mistake(case, target)
    end = chain_of(case.record, case.observation)[-1]
    if code is Code.WRONG_TARGET and not case.clear(end):
        return unseen(case, end)
    return case.says(code, [target])


def _mistake(case: Case, target: str) -> Code:
    return next(code for code, is_so in _mistakes(case, target) if is_so)


def _mistakes(case: Case, target: str) -> Iterator[tuple[Code, bool]]:
    """Every mistake and whether it is this one, the most specific first; the last always is."""
    record, ours = case.record, {other.value for other in case.challenge.records}
    yield Code.TARGET_ORIGIN_APPENDED, _is_appended(record.value, target, domain_of(record))
    yield Code.TARGET_MALFORMED, bool(target) and not is_host_name(target)
    yield Code.TARGET_STALE, target in case.known.stale_targets
    yield Code.SELECTORS_SWAPPED, _is_swapped(case, target)
    yield Code.TARGET_TYPO, target not in ours and _is_near(target, record.value)
    yield Code.CNAME_LOOP, is_loop(record, case.observation)
    yield Code.CNAME_CHAIN_TOO_LONG, is_too_long(record, case.observation)
    yield Code.WRONG_TARGET, True


def _is_appended(wanted: str, target: str, domain: str) -> bool:
    """Whether the zone's name follows the target: the domain's, or that of a zone above or below it."""
    head, found, zone = target.partition(f"{wanted}.")
    return bool(found) and not head and (f".{domain}".endswith(f".{zone}") or zone.endswith(f".{domain}"))


def _is_swapped(case: Case, target: str) -> bool:
    """Whether this record has another's target, and that other has this one's."""
    other = next((one for one in case.challenge.records if one != case.record and one.value == target), None)
    return other is not None and case.values(question_of(other)) == (case.record.value,)


def _is_near(one: str, other: str) -> bool:
    """Whether two names differ by at most two letters put in, left out or changed (Levenshtein)."""
    if abs(len(one) - len(other)) > NEAR_MISS:
        return False
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, start=1):
        above, row[0] = row[0], place
        for column, wanted in enumerate(other, start=1):
            above, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, above + (letter != wanted)),
            )
    return row[-1] <= NEAR_MISS
