"""The circumstances in which something is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from domain.dialogue import Stage
from domain.identity import Cause
from domain.judges.certificate import CertificateVerdict
from domain.provider import Provider
from domain.verdict import Outcome, Verdict
from events.catalogue import OutboundEvent

BLIND: Final = Verdict(Outcome.INCONCLUSIVE)

Said: TypeAlias = tuple[OutboundEvent, Cause | None]
"""An event, and the one that led to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """As whom we speak, when, because of what; and the look it comes from, where one was made.

    `attempt` is the number of that look, `requests` are those that it answers. `providers`: whose panels are known.
    Of a login: the `stage` that it came to, the `sender` it asked for, and the `ports` that are allowed. Of a
    `certificate`: how it was judged.
    """

    source: str
    at: datetime
    cause: Cause | None = None
    attempt: int = 0
    verdict: Verdict = BLIND
    requests: tuple[Cause, ...] = ()
    providers: Sequence[Provider] = ()
    stage: Stage | None = None
    sender: str | None = None
    ports: Sequence[int] = ()
    certificate: CertificateVerdict | None = None
