"""What sending mails takes: who carries them, in whose name, and where it is written down."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Event

from domain.carriage import Carrier
from domain.notice import DigestContent
from workers.confirming import Confirming, MailWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What sending takes. `sender` is the return path; `hurry` cuts short waiting for the database.

    `at_once` is like a unit of work without a transaction: what it answers is committed already.
    """

    unit_of_work: Callable[[], AbstractContextManager[MailWork]]
    at_once: Callable[[], AbstractContextManager[MailWork]]
    carrier: Carrier
    sender: str
    confirming: Confirming
    compose_digest: Callable[[DigestContent], bytes]
    hurry: Event
