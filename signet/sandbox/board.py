"""What became of the samples so far: read from the feed and the directory, shown as a table.

A sample has gone as it should once its expected event was said; what else is said of it is shown, and no fault.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rich.table import Table
from rich.text import Text

from domain.identity import Identity, Kind
from domain.mail_address import parse_address
from domain.outbound import FeedQuery
from domain.signing_certificate import SigningCertificate
from domain.standing import Standing
from signet.sandbox.samples import ACCOUNTS, SAMPLES, Sample
from signet.screen import screen, table, until, worded
from workers.services import Services

# The id of what an event is about: the first of these that it has.
NAMED_BY: Final = ("certificate_id", "smtp_id", "address_id", "domain_id")
COLUMNS: Final = ("Domain, address, login", "State, diagnosis", "Next", "Expected event")
NARROWEST: Final = 80  # columns of a terminal in which nothing but the stories need be wrapped


@dataclass(frozen=True, slots=True)
class Said:
    """An event of a sample, as far as it counts here."""

    event: str
    code: str | None

    def __str__(self) -> str:
        return f"{self.event} {self.code}" if self.code else self.event


@dataclass(slots=True)
class Board:
    """The events of each sample in their order, how its identity stands, and how many mails are still to be sent."""

    cursor: str
    said: dict[str, list[Said]] = field(default_factory=dict)
    standing: dict[tuple[Kind, str], Standing] = field(default_factory=dict)
    now: datetime | None = None
    unsent: int = 0

    def read(self, services: Services) -> Sequence[tuple[Sample, Said]]:
        """Read what is new; answer the new events."""
        with services.reading() as reading:
            page = reading.feed.page(FeedQuery(after=self.cursor, accounts=ACCOUNTS))
            found = [one for sample in SAMPLES for one in reading.directory.named(sample.kind, _key(sample))]
            ours = [one for one in found if one.identity.account in ACCOUNTS]
            self.unsent = reading.directory.unsent([one.identity.id for one in ours])
            self.now = reading.now
        self.standing = {(one.identity.kind, one.identity.shown): one for one in ours}
        self.cursor = page.next
        return [new for event in page.events for new in self._note(json.loads(event.body))]

    def is_met(self, sample: Sample) -> bool:
        """Whether the expected event was said."""
        return Said(sample.event, sample.code) in self.said.get(sample.name, [])

    @property
    def missing(self) -> Sequence[Sample]:
        """The samples that have not had their event."""
        return [sample for sample in SAMPLES if not self.is_met(sample)]

    def last(self, sample: Sample) -> str:
        """The last event of a sample."""
        said = self.said.get(sample.name)
        return str(said[-1]) if said else "nothing yet"

    def table(self) -> Table:
        """All samples, one row each."""
        rows = [self._row(sample) for sample in SAMPLES]
        if screen().width < NARROWEST:
            stacked = [(Text("\n").join(part for part in row[:-1] if part), row[-1]) for row in rows]
            return table((COLUMNS[0], COLUMNS[-1]), stacked)
        drawn = table(COLUMNS, rows)
        for column in drawn.columns[1:]:
            column.no_wrap = True
        return drawn

    def _note(self, event: Mapping[str, object]) -> Sequence[tuple[Sample, Said]]:
        data = event["data"]
        assert isinstance(data, dict)
        said = Said(str(event["type"]).removeprefix("org.signet.").removesuffix(".v1"), _code(data))
        known = [one for one in SAMPLES if one.name == _name(data) and self._is_of_now(one, data)]
        for sample in known:
            self.said.setdefault(sample.name, []).append(said)
        return [(sample, said) for sample in known]

    def _is_of_now(self, sample: Sample, data: Mapping[str, object]) -> bool:
        """Whether an event is about the present registration, not one that an earlier sandbox left."""
        standing = self._standing_of(sample)
        given = next((data[name] for name in NAMED_BY if name in data), None)
        if standing is None or given is None:
            return True
        identity = standing.identity
        return given in {
            identity.id,
            identity.address_id if isinstance(identity, SigningCertificate) else None,
        }

    def _standing_of(self, sample: Sample) -> Standing | None:
        return self.standing.get((sample.kind, sample.name))

    def _row(self, sample: Sample) -> Sequence[Text]:
        met = self.is_met(sample)
        expected = Text(f"{'✓' if met else '…'} {sample.event}", style="green" if met else "")
        if sample.code:
            expected.append(f"\n  {sample.code}", style="dim")
        domain = Text(sample.name, style="bold").append(f"\n{sample.story}", style="not bold dim")
        standing = self._standing_of(sample)
        if standing is None:
            return (domain, worded("refused" if self.said.get(sample.name) else "-"), Text(), expected)
        state = worded(standing.identity.state)
        for code in _codes(standing.identity):
            state.append(f"\n  {code}", style="not bold dim")
        return (domain, state, self._due(standing), expected)

    def _due(self, standing: Standing) -> Text:
        if standing.due_at is None or self.now is None:
            return Text()
        return Text(until(standing.due_at, self.now))


def _codes(identity: Identity) -> Sequence[str]:
    """What stands in its way."""
    found = [one.diagnosis.code for one in identity.findings if one.diagnosis]
    return list(dict.fromkeys([identity.reason.code] if identity.reason else found))


def _key(sample: Sample) -> str:
    """The subject that a sample is stored under."""
    address = parse_address(sample.name)
    return sample.name if address is None else address.key


def _name(data: Mapping[str, object]) -> str:
    """The identity that an event is about, as people know it."""
    return str(data.get("address") or data.get("domain"))


def _code(data: Mapping[str, object]) -> str | None:
    """The code that an event names: its own, or that of its first record that has one."""
    if isinstance(data.get("code"), str):
        return str(data["code"])
    records = data.get("records")
    found = [one.get("diagnosis") for one in records] if isinstance(records, list) else []
    return next((one["code"] for one in found if one), None)
