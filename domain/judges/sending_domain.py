"""What the answers of DNS mean for a sending domain (product contract, section 3).

Pure. One diagnosis per record, the most specific. Blame needs a clear look: what could
not be seen is unknown, and never the owner's fault.
"""

from collections.abc import Sequence
from typing import Final

from domain.challenge import Challenge, ExpectedRecord
from domain.diagnosis import Code, Diagnosis, shown
from domain.observation import (
    CLEAR,
    Answer,
    Observation,
    Question,
    Seen,
    chain_of,
    domain_of,
    doubled,
    question_of,
)
from domain.verdict import Finding, Outcome, ServerAnswer, Status, Verdict

NEAR_MISS: Final = 2  # letters that may differ in a near miss
MOST_SHOWN: Final = 8  # values of one name

_BLIND: Final = {
    Seen.SERVFAIL: Code.SERVFAIL,
    Seen.REFUSED: Code.REFUSED,
    Seen.TIMEOUT: Code.TIMEOUT,
    Seen.MALFORMED: Code.MALFORMED,
}
_PROBED: Final = frozenset(
    {Code.DOMAIN_NOT_FOUND, Code.NAME_DOUBLED, Code.TXT_INSTEAD_OF_CNAME, Code.PROXIED, Code.RECORD_MISSING}
)
_AT_THE_NAME: Final = frozenset({Code.TXT_INSTEAD_OF_CNAME, Code.PROXIED})


def judge(challenge: Challenge, observation: Observation, earlier: Sequence[Finding] = ()) -> Verdict:
    """All records ok: passed. Any missing or wrong: not yet. Else we could not see.

    `earlier` are the findings of the look before: where this look did not probe for mistakes, a record
    that is still missing keeps what the last probe found.
    """
    before = {finding.record.name: finding for finding in earlier}
    findings = tuple(
        _finding(record, challenge, observation, before.get(record.name)) for record in challenge.records
    )
    statuses = {finding.status for finding in findings}
    if statuses == {Status.OK}:
        return Verdict(Outcome.PASSED, findings)
    if not statuses or statuses & {Status.MISSING, Status.WRONG}:
        return Verdict(Outcome.NOT_YET, findings)
    return Verdict(Outcome.INCONCLUSIVE, findings)


def _finding(
    record: ExpectedRecord, challenge: Challenge, observation: Observation, before: Finding | None
) -> Finding:
    answer = observation.get(question_of(record), Answer(Seen.TIMEOUT))
    match answer.seen:
        case Seen.RECORDS:
            return _pointing(record, challenge, observation)
        case Seen.NODATA | Seen.NXDOMAIN:
            return _absent(record, observation, before)
        case _:
            return _found(record, Status.UNKNOWN, _BLIND[answer.seen], answer)


def _pointing(record: ExpectedRecord, challenge: Challenge, observation: Observation) -> Finding:
    """Where a CNAME at the name leads."""
    answer = observation[question_of(record)]
    if len(answer.values) > 1:
        return _found(record, Status.WRONG, Code.MULTIPLE_CNAMES, answer)
    end = observation.get(chain_of(record, observation)[-1])
    if end is not None and end.values == (record.value,):
        return _found(record, Status.OK, None, answer)
    code = _mistake(answer.values[0], record, challenge, observation)
    if code is Code.WRONG_TARGET and end is not None and end.seen not in CLEAR:
        return _found(record, Status.UNKNOWN, _BLIND[end.seen], answer)
    return _found(record, Status.WRONG, code, answer)


def _mistake(target: str, record: ExpectedRecord, challenge: Challenge, observation: Observation) -> Code:
    """Which mistake leads to such a target."""
    if target.startswith(f"{record.value}."):
        return Code.TARGET_ORIGIN_APPENDED
    if not all(sign.isalnum() or sign in "-_." for sign in target):
        return Code.TARGET_MALFORMED
    if _is_swapped(target, record, challenge, observation):
        return Code.SELECTORS_SWAPPED
    is_near = target not in {other.value for other in challenge.records} and _is_near(target, record.value)
    return Code.TARGET_TYPO if is_near else Code.WRONG_TARGET


def _is_swapped(target: str, record: ExpectedRecord, challenge: Challenge, observation: Observation) -> bool:
    """Whether this record has another's target, and that other has this one's."""
    other = next((other for other in challenge.records if other != record and other.value == target), None)
    if other is None:
        return False
    answer = observation.get(question_of(other))
    return answer is not None and answer.values == (record.value,)


def _absent(record: ExpectedRecord, observation: Observation, before: Finding | None) -> Finding:
    """Nothing at the name: it may stand somewhere else, or in another form."""
    answer = observation[question_of(record)]
    misplaced = _misplaced(record, observation, answer)
    if misplaced:
        return misplaced
    if _is_probed(record, observation):
        return _found(record, Status.MISSING, _kind_of_absence(record, observation), answer)
    known = before.diagnosis if before else None
    if before is None or known is None or not _still_holds(known.code, answer):
        return _found(record, Status.MISSING, Code.RECORD_MISSING, answer)
    return _found(record, before.status, known.code, answer, known.seen)


def _is_probed(record: ExpectedRecord, observation: Observation) -> bool:
    """Whether this look sought the record where it is put by mistake, and saw clearly."""
    probe = observation.get(doubled(record))
    return probe is not None and probe.seen in CLEAR


def _still_holds(code: Code, answer: Answer) -> bool:
    """Whether what an earlier probe found can still be so. Where no name is, nothing stands in another form."""
    return code in _PROBED and not (answer.seen is Seen.NXDOMAIN and code in _AT_THE_NAME)


def _misplaced(record: ExpectedRecord, observation: Observation, answer: Answer) -> Finding | None:
    """The record in another form at its name, or in its form at another name."""
    texts = _values(observation, Question(record.name, "TXT"))
    pasted = tuple(text for text in texts if record.value in text.lower())
    if pasted:
        return _found(record, Status.WRONG, Code.TXT_INSTEAD_OF_CNAME, answer, pasted)
    addresses = tuple(
        address for type_ in ("A", "AAAA") for address in _values(observation, Question(record.name, type_))
    )
    if addresses:
        return _found(record, Status.WRONG, Code.PROXIED, answer, addresses)
    if _values(observation, doubled(record)):
        return _found(record, Status.MISSING, Code.NAME_DOUBLED, answer, (doubled(record).name,))
    return None


def _kind_of_absence(record: ExpectedRecord, observation: Observation) -> Code:
    domain = observation.get(Question(domain_of(record), "SOA"))
    if domain is not None and domain.seen is Seen.NXDOMAIN:
        return Code.DOMAIN_NOT_FOUND
    return Code.RECORD_MISSING


def _values(observation: Observation, question: Question) -> tuple[str, ...]:
    answer = observation.get(question)
    return answer.values if answer else ()


def _found(
    record: ExpectedRecord,
    status: Status,
    code: Code | None,
    answer: Answer,
    seen: Sequence[str] | None = None,
) -> Finding:
    values = _presentable(answer.values if seen is None else seen)
    said = ServerAnswer(
        server="", address=answer.address, answer=_presentable(answer.values), rcode=answer.rcode
    )
    servers = (answer.address,) if answer.address else ()
    diagnosis = None
    if code is not None:
        diagnosis = Diagnosis(
            code=code, name=record.name, expected=record.value, seen=values, servers=servers
        )
    return Finding(
        record=record,
        status=status,
        seen=values,
        diagnosis=diagnosis,
        servers=(said,) if answer.address else (),
    )


def _presentable(values: Sequence[str]) -> tuple[str, ...]:
    """A few values, safe to show. Servers turn the order around at will: that is no news."""
    return tuple(shown(value) for value in sorted(values)[:MOST_SHOWN])


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
