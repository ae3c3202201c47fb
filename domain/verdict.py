"""What one look means: an outcome, and a finding for each record that was looked for."""

from dataclasses import dataclass
from enum import StrEnum

from domain.challenge import ExpectedRecord
from domain.diagnosis import Diagnosis


class Outcome(StrEnum):
    """The four outcomes of a look, never a boolean."""

    PASSED = "passed"
    NOT_YET = "not_yet"  # seen clearly, not there; the owner can act
    REFUSED = "refused"  # a final no; waiting will not help
    INCONCLUSIVE = "inconclusive"  # we could not see; never the owner's fault


class Status(StrEnum):
    """How one record stands."""

    OK = "ok"
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAnswer:
    """What one server said of one record. `server` is its name where known, `address` is `IP` or `IP:port`."""

    server: str
    address: str
    answer: tuple[str, ...] = ()
    rcode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one expected record stands, what was seen in its place, and who said so.

    `zone`: the zone that the record's name lies in, and `name_servers` the names of that zone's servers; both empty
    where they could not be found.
    """

    record: ExpectedRecord
    status: Status
    seen: tuple[str, ...] = ()
    diagnosis: Diagnosis | None = None
    servers: tuple[ServerAnswer, ...] = ()
    zone: str = ""
    name_servers: tuple[str, ...] = ()

    @property
    def gist(self) -> tuple[str, ...]:
        """What makes two findings the same news: status, code and what was seen, whoever said it."""
        code = self.diagnosis.code if self.diagnosis else ""
        return (self.record.name, self.status, code, *self.seen)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one look; one finding per expected record, in the challenge's order."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
