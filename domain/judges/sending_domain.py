"""What the answers of DNS mean for a sending domain (product contract, sections 1.1 and 3).

Pure. One diagnosis per record, the most specific. Blame needs a clear look: what could not be seen is unknown, and
never the owner's fault.
"""

from typing import Final

from domain.challenge import Challenge, ExpectedRecord
from domain.diagnosis import Diagnosis
from domain.judges.absent import absent
from domain.judges.case import Case, Known, finding
from domain.judges.pointing import pointing
from domain.judges.unseen import unseen
from domain.observation import Observation, Seen
from domain.questions import question_of
from domain.verdict import Finding, Outcome, Status, Verdict

__all__ = ["Known", "judge"]

NOTHING_MORE: Final = Known()


def judge(challenge: Challenge, observation: Observation, known: Known = NOTHING_MORE) -> Verdict:
    """All records in place: passed. Any missing or wrong: not yet. Else we could not see."""
    findings = tuple(_finding(record, challenge, observation, known) for record in challenge.records)
    statuses = {found.status for found in findings}
    if statuses == {Status.OK}:
        return Verdict(Outcome.PASSED, findings)
    if not statuses or statuses & {Status.MISSING, Status.WRONG}:
        return Verdict(Outcome.NOT_YET, findings)
    return Verdict(Outcome.INCONCLUSIVE, findings)


def _finding(record: ExpectedRecord, challenge: Challenge, observation: Observation, known: Known) -> Finding:
    question = question_of(record)
    case = Case(record=record, question=question, challenge=challenge, observation=observation, known=known)
    return finding(case, _diagnosis(case))


def _diagnosis(case: Case) -> Diagnosis | None:
    """What is wrong with the record, by what a server of its zone said; where none was found, by the resolvers."""
    if case.values(case.question):
        return pointing(case)
    return absent(case) if _is_denied(case) else unseen(case, case.question)


def _is_denied(case: Case) -> bool:
    """Whether it was said clearly that nothing is there: of several resolvers nobody may hold that to be forged."""
    answer = case.told(case.question)
    if answer is not None:
        return answer.seen in {Seen.NODATA, Seen.NXDOMAIN}
    sight = case.sight(case.question)
    said = {one.seen for one in sight.answers} if sight else set()
    return Seen.NXDOMAIN in said and Seen.BOGUS not in said
