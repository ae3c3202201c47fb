"""The domains that the sandbox registers: what their owners do, and the event that each must lead to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.challenge import ExpectedRecord
from domain.diagnosis import Code
from domain.names import NameCode

ACCOUNT: Final = "sandbox"
OWNER: Final = {"en": "owner@signet.test", "cs": "majitel@signet.test"}

Published = Mapping[str, str]
"""The target of the CNAME at each name."""


def as_told(record: ExpectedRecord) -> Published:
    """The owner publishes what Signet said."""
    return {record.name: record.value}


def with_the_domain_twice(record: ExpectedRecord) -> Published:
    """The owner types the whole name where the panel appends the domain by itself."""
    return {f"{record.name}.{record.name.partition('._domainkey.')[2]}": record.value}


def to_somebody_else(record: ExpectedRecord) -> Published:
    """The owner points the record at another service."""
    return {record.name: f"{record.name.partition('.')[0]}.dkim.elsewhere.test"}


def not_at_all(_record: ExpectedRecord) -> Published:
    """Nothing is published."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One domain: its `story`, what is published `after` so many seconds, and the event that is expected."""

    domain: str
    story: str
    event: str
    code: str | None = None
    publish: Callable[[ExpectedRecord], Published] = as_told
    after: float = 0
    dead: bool = False
    locale: str = "en"

    @property
    def expected(self) -> str:
        """The event, as people read it."""
        return f"{self.event} {self.code}" if self.code else self.event


SAMPLES: Final = (
    Sample(domain="good.signet.test", story="the records are there at once", event="domain.verified"),
    Sample(
        domain="late.signet.test",
        story="the records appear after 20 seconds",
        event="domain.verified",
        after=20,
        locale="cs",
    ),
    Sample(
        domain="doubled.signet.test",
        story="the panel added the domain to the name again",
        event="domain.diagnosis_changed",
        code=Code.NAME_DOUBLED,
        publish=with_the_domain_twice,
    ),
    Sample(
        domain="wrong.signet.test",
        story="the records point to another service",
        event="domain.diagnosis_changed",
        code=Code.WRONG_TARGET,
        publish=to_somebody_else,
        locale="cs",
    ),
    Sample(
        domain="dead.signet.test",
        story="the name servers do not answer",
        event="domain.diagnosis_changed",
        code=Code.TIMEOUT,
        publish=not_at_all,
        dead=True,
    ),
    Sample(
        domain="gmail.com",
        story="nobody's own domain",
        event="domain.refused",
        code=NameCode.FREEMAIL,
        publish=not_at_all,
    ),
)
