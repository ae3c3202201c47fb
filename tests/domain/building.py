"""Domain values as tests need them, spelled out."""

from datetime import UTC, datetime, timedelta

from domain.challenge import Challenge, ExpectedRecord, dkim_challenge
from domain.diagnosis import Code, Diagnosis
from domain.identity import Contact, Domain, Route
from domain.schedule import Moment
from domain.verdict import STATUS_OF, Finding, Outcome, Status, Verdict

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WINDOW = timedelta(hours=48)
TOKENS = ("aaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbb")
CHALLENGE = dkim_challenge("example.org", TOKENS, "dkim.signet.example")


def an_identity(*, challenge: Challenge = CHALLENGE, window: timedelta = WINDOW) -> Domain:
    """A pending domain, registered at START."""
    return Domain(
        id="01890000-0000-7000-8000-000000000001",
        account="acme",
        subject="example.org",
        generation=1,
        challenge=challenge,
        plan="BUSINESS",
        route=Route.CLOUD if challenge.records else Route.SMTP,
        contact=Contact(email="owner@example.net", locale="cs"),
        created_at=START,
        window_at=START,
        acted_at=START,
        deadline=START + window,
        last_look_at=START + window,
    )


def a_finding(record: ExpectedRecord, code: Code | None = Code.RECORD_MISSING, *seen: str) -> Finding:
    """A finding with one diagnosis, or an ok one where `code` is None."""
    if code is None:
        return Finding(record=record, status=Status.OK, seen=(record.value,))
    return Finding(
        record=record,
        status=STATUS_OF[code],
        seen=seen,
        diagnosis=Diagnosis(code=code, name=record.name, expected=record.value, seen=seen),
    )


def a_verdict(outcome: Outcome, code: Code | None = None, *seen: str) -> Verdict:
    """A verdict with the same finding for both records of CHALLENGE."""
    usual = {Outcome.NOT_YET: Code.RECORD_MISSING, Outcome.INCONCLUSIVE: Code.TIMEOUT}
    code = code or usual.get(outcome)
    return Verdict(outcome, tuple(a_finding(record, code, *seen) for record in CHALLENGE.records))


PASSED = a_verdict(Outcome.PASSED)
MISSING = a_verdict(Outcome.NOT_YET)
BLIND = a_verdict(Outcome.INCONCLUSIVE)


def after(passed: timedelta, jitter: float = 0.0) -> Moment:
    """The moment `passed` after START."""
    return Moment(START + passed, jitter)
