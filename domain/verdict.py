"""What one look means: an outcome, and a finding for each record that was looked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.challenge import ExpectedRecord
from domain.diagnosis import Code, Diagnosis
from domain.mail_server import Way
from domain.observation import Seen


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


# How a record stands of which this is said (product contract, section 3).
STATUS_OF: Final[Mapping[Code, Status]] = {
    Code.DOMAIN_NOT_FOUND: Status.MISSING,
    Code.NOT_DELEGATED: Status.MISSING,
    Code.RECORD_MISSING: Status.MISSING,
    Code.NAME_DOUBLED: Status.MISSING,
    Code.LABEL_MISSING: Status.MISSING,
    Code.UNDERSCORE_LOST: Status.MISSING,
    Code.WRONG_ZONE: Status.MISSING,
    Code.WRONG_TARGET: Status.WRONG,
    Code.TARGET_TYPO: Status.WRONG,
    Code.TARGET_ORIGIN_APPENDED: Status.WRONG,
    Code.TARGET_MALFORMED: Status.WRONG,
    Code.TARGET_STALE: Status.WRONG,
    Code.SELECTORS_SWAPPED: Status.WRONG,
    Code.TXT_INSTEAD_OF_CNAME: Status.WRONG,
    Code.KEY_AS_TXT: Status.WRONG,
    Code.PROXIED: Status.WRONG,
    Code.MULTIPLE_CNAMES: Status.WRONG,
    Code.CNAME_WITH_OTHER_DATA: Status.WRONG,
    Code.WILDCARD: Status.WRONG,
    Code.CNAME_LOOP: Status.WRONG,
    Code.CNAME_CHAIN_TOO_LONG: Status.WRONG,
    Code.PARTIAL: Status.WRONG,
    Code.LAME_DELEGATION: Status.UNKNOWN,
    Code.SERVFAIL: Status.UNKNOWN,
    Code.REFUSED: Status.UNKNOWN,
    Code.TIMEOUT: Status.UNKNOWN,
    Code.BOGUS: Status.UNKNOWN,
    Code.MALFORMED: Status.UNKNOWN,
    Code.STALE_CACHE: Status.OK,
    Code.TARGET_UNPUBLISHED: Status.OK,
    Code.KEY_MISMATCH: Status.OK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAnswer:
    """What one server said of one record. `address` is `IP` or `IP:port`, `server` its name, empty for a resolver.

    `seen`: how it answered; None in what was stored before that was kept.
    """

    server: str
    address: str
    answer: tuple[str, ...] = ()
    rcode: str = ""
    seen: Seen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one expected record stands, what was seen in its place, and who said so.

    `zone`: the zone that the record's name lies in, and `name_servers` the names of that zone's servers; both empty
    where they could not be found, and where only a registry answers for the name.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What stands in the way of an identity without records: a code, and which of its cases it is, safe to show.

    For a login also the `stage` that it came to, and the setting that `works`, where one is known.
    """

    code: str
    detail: str = ""
    stage: str = ""
    works: Way | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one look; one finding per expected record, in the challenge's order, or a reason."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reason: Reason | None = None
