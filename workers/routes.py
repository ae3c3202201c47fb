"""Start reading here: which due work goes to which queue, and how it is paced.

A lease must outlast the longest wait in line and the work itself; what is deep in line is not claimed.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.ports import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How one kind of work travels: `size` tickets a message, at most `deep` messages in line, `threads` to do it.

    `poll` is the pause in seconds before looking again where nothing was due.
    """

    work: Work
    queue: str
    lease: timedelta
    size: int
    deep: int
    threads: int
    poll: float

    @property
    def limit(self) -> timedelta:
        """How long a message may be worked on: what it stands for must be ours until then."""
        return self.lease * 5 / 6


# A message of looks lasts as long as its slowest name server, so most threads only wait: what counts is
# how many looks are in flight (threads times size), of which a handful are still asking.
FRESH: Final = Route(
    work=Work.DNS_FRESH,
    queue="signet.dns.fresh",
    lease=timedelta(seconds=120),
    size=200,
    deep=16,
    threads=32,
    poll=0.1,
)
ROUTINE: Final = Route(
    work=Work.DNS,
    queue="signet.dns",
    lease=timedelta(seconds=120),
    size=200,
    deep=16,
    threads=48,
    poll=0.25,
)
MAIL: Final = Route(
    work=Work.MAIL,
    queue="signet.mail",
    lease=timedelta(minutes=15),
    size=20,
    deep=8,
    threads=2,
    poll=0.25,
)
ADDRESS: Final = Route(
    work=Work.ADDRESS,
    queue="signet.addresses",
    lease=timedelta(seconds=120),
    size=50,
    deep=8,
    threads=1,
    poll=0.5,
)
# A login lasts a minute at most, and a message holds one: a tarpit holds up a thread, and nobody else.
SMTP: Final = Route(
    work=Work.SMTP,
    queue="signet.smtp",
    lease=timedelta(minutes=5),
    size=1,
    deep=32,
    threads=16,
    poll=0.25,
)
# Opening a file may cost seconds of a core: the examiner opens two at a time, while others wait for issuers.
CERTIFICATE: Final = Route(
    work=Work.CERTIFICATE,
    queue="signet.certificates",
    lease=timedelta(minutes=5),
    size=1,
    deep=32,
    threads=4,
    poll=0.25,
)
# A key takes some 60 ms of a core, and others work meanwhile; a message is a second of them.
KEYS: Final = Route(
    work=Work.KEYS,
    queue="signet.keys",
    lease=timedelta(minutes=5),
    size=20,
    deep=8,
    threads=4,
    poll=0.5,
)
ROUTES: Final = (FRESH, ROUTINE, ADDRESS, SMTP, CERTIFICATE, KEYS, MAIL)
