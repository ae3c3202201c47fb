"""The only door to `infra`: here the parts are made that everything else is given.

Small functions, one for each part, from the settings of this installation.
"""

import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

from sqlalchemy import Engine as Database

from domain.carriage import Carrier
from infra.amqp.link import Broker
from infra.broker import MemoryBroker, TicketBroker
from infra.broker_log import hush
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.dns.engine import Engine as NameServers
from infra.dns.resolver import Resolver, system_resolvers
from infra.lists import name_rules
from infra.mail.compose import compose
from infra.mail.mailbox import Mailbox
from infra.mail.relay import Relay
from infra.mail.sender import Sender
from infra.settings import Settings
from infra.tokens import new_id, new_tokens, roll
from workers.look import Concluding
from workers.notices import Sending, Writing, plan
from workers.tools import Rules, Tools
from workers.workforce import Bench

TicketLine: TypeAlias = MemoryBroker | TicketBroker


def database(url: str, *, role: str, pool: int = 5) -> Database:
    """The pool of connections of one process."""
    return connect(url, role=role, pool=pool)


def unit_of_work(engine: Database) -> Callable[[], SqlUnitOfWork]:
    """Transactions of that pool."""
    return units(engine)


def tools(settings: Settings, unit: Callable[[], SqlUnitOfWork]) -> Tools:
    """What the handlers of requests work with."""
    rules = Rules(
        plans=frozenset(plan.casefold() for plan in settings.plans),
        dkim_zone=settings.dkim_zone,
        window=settings.window,
        names=name_rules(lab=settings.lab),
        source=settings.source,
    )
    return Tools(unit_of_work=unit, rules=rules, dice=roll, new_id=new_id, new_tokens=new_tokens)


def broker(settings: Settings) -> Broker | None:
    """Where RabbitMQ is, if there is one."""
    if settings.broker_url is None:
        return None
    return Broker(url=settings.broker_url, ca=settings.broker_ca, queue_type=settings.queue_type)


def ticket_line(settings: Settings) -> TicketLine:
    """The queues of tickets: on RabbitMQ, or in this process."""
    hush()
    place = broker(settings)
    return MemoryBroker() if place is None else TicketBroker(place)


def dns_engine(resolvers: Sequence[Resolver], qps: float | None) -> NameServers:
    """What looks at DNS; not yet started. Without `resolvers`, it asks those of the system."""
    return NameServers(resolvers or system_resolvers(), qps=qps)


def sender(settings: Settings) -> Sender:
    """Who our mails are from."""
    if settings.mail_from is not None:
        return Sender.parse(settings.mail_from)
    return Sender.at(urlsplit(settings.address).hostname or "")


def mailbox(settings: Settings) -> Mailbox:
    """The folder of mails, where no relay is set."""
    return Mailbox(settings.folder / "mailbox")


def carrier(settings: Settings) -> Carrier:
    """What takes our mails away."""
    return mailbox(settings) if settings.relay_url is None else Relay.parse(settings.relay_url)


def bench(settings: Settings, unit: Callable[[], SqlUnitOfWork]) -> Bench:
    """What a workforce works with."""
    from_whom = sender(settings)
    writing = Writing(compose=lambda content: compose(content, from_whom), new_id=new_id)
    return Bench(
        unit_of_work=unit,
        engine=dns_engine(settings.resolvers, settings.dns_qps),
        concluding=Concluding(
            dice=roll, source=settings.source, plan=lambda step, at: plan(step, at, writing)
        ),
        sending=Sending(
            unit_of_work=unit,
            carrier=carrier(settings),
            sender=from_whom.address,
            compose_digest=lambda content: compose(content, from_whom),
            hurry=threading.Event(),
        ),
    )
