"""The page of `signet check`: who answers for the domain, how each record stands, what to do, when to look again.

Law: somebody who keeps a shop can follow it from top to bottom; it says nothing that was not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from domain.advisories.advisory import Advisory, advice, summary
from domain.diagnosis import Code
from domain.names import DomainName
from domain.observation import Observation, told
from domain.questions import question_of
from domain.verdict import Outcome, Status, Verdict
from signet.delegation_view import Surroundings, delegation_view
from signet.record_view import record_view
from signet.screen import COLOURS

OUTCOMES: Final = {
    Outcome.PASSED: "passed",
    Outcome.NOT_YET: "not yet",
    Outcome.REFUSED: "refused",
    Outcome.INCONCLUSIVE: "could not tell",
}
# What takes hours to appear, wherever one looks.
SLOW: Final = frozenset({Code.DOMAIN_NOT_FOUND, Code.NOT_DELEGATED})
# What puts itself right, or is put right by whoever runs the name servers.
BY_ITSELF: Final = frozenset({Code.PARTIAL})
HOUR: Final = 60  # minutes
LONG: Final = 120  # minutes: what is longer is said in hours
WATCH: Final = "With --watch, Signet looks by itself until everything is in place."
WATCHING: Final = "Signet looks again by itself until everything is in place."


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One look, judged: what was seen of a domain, when, and from where. `is_watched`: it will be looked at again."""

    name: DomainName
    verdict: Verdict
    observation: Observation
    around: Surroundings
    at: datetime
    advisories: tuple[Advisory, ...] = ()
    is_watched: bool = False

    @property
    def gist(self) -> tuple[tuple[str, ...], ...]:
        """What makes two looks the same news."""
        return tuple(finding.gist for finding in self.verdict.findings)


def page(looked: Looked) -> Group:
    """Everything that a person reads."""
    findings = looked.verdict.findings
    records = [
        record_view(number, finding, looked.around.providers)
        for number, finding in enumerate(findings, start=1)
    ]
    return Group(
        _title(looked),
        delegation_view(looked.around, looked.observation, findings),
        *records,
        *_advisories(looked.advisories),
        Text(),
        Text(last_word(looked)),
    )


def last_word(looked: Looked) -> str:
    """What to do next, and when to look again."""
    match looked.verdict.outcome:
        case Outcome.PASSED:
            return f"Every record is in place.{_older_elsewhere(looked)}"
        case Outcome.NOT_YET:
            return _after_mending(looked)
        case Outcome.REFUSED:
            return "Waiting will not change this."
        case Outcome.INCONCLUSIVE:
            return (
                "Next: look again in a few minutes. If it stays like this, ask whoever runs the name servers to check "
                "them, or look through another resolver with --resolver. Your records may well be right."
            )


def _title(looked: Looked) -> Text:
    outcome = looked.verdict.outcome
    name = looked.name
    title = Text.assemble((name.unicode, "bold"))
    if name.unicode != name.ascii:
        title.append(f" ({name.ascii})", "dim")
    return title.append("  ").append(OUTCOMES[outcome], COLOURS[outcome]).append(f": {_in_words(looked)}")


def _in_words(looked: Looked) -> str:
    findings = looked.verdict.findings
    there = sum(finding.status is Status.OK for finding in findings)
    if there == len(findings):
        return "every record is in place"
    if looked.verdict.outcome is Outcome.INCONCLUSIVE:
        return "we could not see the records" if not there else "we could not see all of the records"
    return f"{there or 'none'} of {len(findings)} records {'is' if there <= 1 else 'are'} in place"


def _advisories(found: Sequence[Advisory]) -> Sequence[RenderableType]:
    if not found:
        return ()
    parts: list[RenderableType] = [
        Text(),
        Text.assemble(("Also worth knowing", "bold"), (" (none of this holds up the verification)", "dim")),
    ]
    for number, advisory in enumerate(found):
        said = Text(f"{summary(advisory)} ({advisory.code})", style="bold")
        between = [Text()] if number else []
        parts.append(Padding(Group(*between, said, Text(advice(advisory))), (0, 0, 0, 2), expand=False))
    return parts


def _after_mending(looked: Looked) -> str:
    """What to put right, and when that can be seen."""
    open_codes = {
        one.diagnosis.code for one in looked.verdict.findings if one.status is not Status.OK and one.diagnosis
    }
    if open_codes & SLOW:
        return (
            "Next: put right what is said above, then look again in an hour: what is new at a registry can take a few "
            f"hours to be seen. {_watching(looked)}"
        )
    if open_codes <= BY_ITSELF:
        return f"Next: look again in a quarter of an hour. {_watching(looked)}"
    return (
        "Next: put right what is said above, then look again. Signet asks the name servers directly, so it sees a "
        f"record as soon as they have it.{_unseen_elsewhere(looked)} {_watching(looked)}"
    )


def _watching(looked: Looked) -> str:
    return WATCHING if looked.is_watched else WATCH


def _unseen_elsewhere(looked: Looked) -> str:
    """How long others may remember that a record was missing (RFC 2308, section 5)."""
    missing = [one.record for one in looked.verdict.findings if one.status is Status.MISSING]
    denials = [told(looked.observation, question_of(record)) for record in missing]
    longest = max((denial.ttl for denial in denials if denial), default=0)
    if not longest:
        return ""
    return f" Others may see it up to {_span(timedelta(seconds=longest))} later; there is no need to wait for them."


def _older_elsewhere(looked: Looked) -> str:
    """Until when others may see what was there before."""
    ends = [one.diagnosis.until for one in looked.verdict.findings if one.diagnosis and one.diagnosis.until]
    if not ends:
        return " There is nothing left to do."
    until = max(ends)
    return (
        f" Some servers elsewhere may still give the old answer until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC "
        f"(for {_span(until - looked.at)} more); after that everybody sees it. There is nothing left to do."
    )


def _span(length: timedelta) -> str:
    """A length of time in whole minutes or hours, rounded up."""
    minutes = max(1, ceil(length / timedelta(minutes=1)))
    in_hours = minutes > LONG or minutes % HOUR == 0
    number, unit = (ceil(minutes / HOUR), "hour") if in_hours else (minutes, "minute")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
