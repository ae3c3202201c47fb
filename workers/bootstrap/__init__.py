"""The only door to `infra`: here the parts are made that everything else is given.

Small functions, one for each part, from the settings of this installation.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from sqlalchemy import Engine

from infra import metrics
from infra.amqp.dead_letters import DeadQueues
from infra.amqp.intake_queue import IntakeQueue
from infra.amqp.link import Broker
from infra.broker import MemoryBroker, TicketBroker
from infra.broker_log import hush
from infra.checkup import checkup
from infra.db.beginnings import Beginnings
from infra.db.dkim_pairs import adopt
from infra.db.installation import bring_up_to_date, opened_database, unit_of_work, vault_of
from infra.db.invariants import check as check_invariants
from infra.db.migrate import is_current
from infra.db.relay_post import RelayPost
from infra.db.retention import Kept, sweep
from infra.db.rewrapping import rewrap
from infra.db.standing import standing_database
from infra.db.turn import UPKEEP, in_turn
from infra.db.unit_of_work import SqlUnitOfWork
from infra.db.unlocking import unlock
from infra.dns.engine import Engine as NameServers
from infra.dns.engine import Network
from infra.dns.resolver import Resolver, system_resolvers
from infra.egress import Egress
from infra.exchange import EventOutlet, publish
from infra.faults import SPOKEN, WRONG
from infra.health import Check, Health
from infra.lists import name_rules
from infra.lists.providers import providers
from infra.lists.suffixes import PublicSuffixes
from infra.log import configure
from infra.numbers import database_fault, numbers
from infra.operations import back_up, change_keys, end_leases, free_parked, restore_from, setting_rows
from infra.setting_forms import duration
from infra.setting_values import shown
from infra.settings import Settings, WrongSetting
from infra.texts import texts
from infra.tokens import new_id, new_tokens, roll
from infra.vault.hpke import sealing_with
from infra.vault.keys import generate
from workers.bootstrap import certificates, dkim, logins, mail
from workers.consume import Door
from workers.login_look import Trying
from workers.look import Concluding
from workers.relay import Embedded, Relay
from workers.services import Services, accounts_of
from workers.tools import Rules, Tools
from workers.workforce import Bench

# Passed on as it is to those who may not go to infra.
__all__ = ["SPOKEN", "WRONG", "Settings", "WrongSetting", "configure", "duration", "is_current", "numbers"]
__all__ += ["Check", "Health", "back_up", "check_invariants", "checkup", "end_leases", "free_parked"]
__all__ += ["PublicSuffixes", "providers", "restore_from", "setting_rows", "standing_database"]
__all__ += [
    "bring_up_to_date",
    "change_keys",
    "generate",
    "opened_database",
    "shown",
    "unit_of_work",
    "unlock",
]

Database: TypeAlias = Engine
TicketLine: TypeAlias = MemoryBroker | TicketBroker


def tools(settings: Settings, unit: Callable[[], SqlUnitOfWork]) -> Tools:
    """What the handlers of requests work with."""
    rules = Rules(
        plans=frozenset(plan.casefold() for plan in settings.plans),
        dkim_zone=settings.dkim_zone,
        window=settings.window,
        smtp_window=settings.smtp_window,
        names=name_rules(lab=settings.lab),
        source=settings.source,
    )
    return Tools(
        unit_of_work=unit, rules=rules, dice=roll, new_id=new_id, new_tokens=new_tokens, counted=_count_events
    )


def _count_events(result: str, events: int) -> None:
    metrics.EVENTS_TAKEN.labels(result).inc(events)


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


def dns_engine(settings: Settings, resolvers: Sequence[Resolver] = ()) -> NameServers:
    """What looks at DNS; not yet started. Without `resolvers`, it asks those of the settings, else the system's."""
    network = Network(
        resolvers=resolvers or settings.resolvers or system_resolvers(),
        guard=Egress(settings.egress_allow),
        suffixes=PublicSuffixes(),
        authority_port=settings.authority_port,
        qps=settings.dns_qps,
    )
    return NameServers(network)


def resolver(text: str) -> Resolver:
    """The resolver that somebody names; ValueError with a sentence where it is none."""
    return Resolver.parse(text)


def bench(settings: Settings, unit: Callable[[], SqlUnitOfWork]) -> Bench:
    """What a workforce works with."""
    name_servers = dns_engine(settings)
    metrics.LIVE.dns = lambda: name_servers.counters
    return Bench(
        unit_of_work=unit,
        engine=name_servers,
        concluding=Concluding(
            dice=roll,
            source=settings.source,
            plan=mail.planning(settings),
            providers=providers(),
            has_keys=dkim.has_own_zone(settings),
        ),
        sending=mail.sending(settings, unit),
        trying=Trying(
            unit_of_work=unit,
            logins=logins.login_tools(settings, unit),
            window=settings.window,
            source=settings.source,
            plan=mail.planning(settings),
        ),
        certifying=certificates.certifying(settings, unit),
        rotating=dkim.rotating(settings, unit),
    )


def services(settings: Settings, engine: Database, faults: Callable[[], Sequence[str]] = list) -> Services:
    """What pages and commands may do; `faults` names what of this process is broken."""
    unit = unit_of_work(settings, engine)

    def all_faults() -> Mapping[str, str]:
        away = database_fault(engine)
        broken = dict.fromkeys(faults(), "It has stopped; restart this process.")
        return broken if away is None else {"database": away, **broken}

    return Services(
        tools=tools(settings, unit),
        reading=unit,
        faults=all_faults,
        metrics=numbers(engine, vault_of(settings)),
        letters=mail.mailbox(settings) if settings.database_url is None else None,
        providers=providers(),
        confirming=mail.confirming(settings, unit),
        brand=mail.brand(settings),
        texts=texts,
        sealing_with=sealing_with,
        logins=logins.login_tools(settings, unit),
    )


def door(settings: Settings, engine: Database) -> Door:
    """Where events come in from RabbitMQ."""
    place = broker(settings)
    if place is None:
        raise ValueError("SIGNET_BROKER_URL is not set: events come in over HTTP, not from a queue")
    unit = unit_of_work(settings, engine)
    return Door(
        queue=IntakeQueue(place),
        counts=Beginnings(engine),
        tools=tools(settings, unit),
        accounts_of=partial(accounts_of, reading=unit) if settings.require_user_id else None,
    )


def graveyard(settings: Settings) -> DeadQueues | None:
    """The dead letters, where there is a broker."""
    place = broker(settings)
    return None if place is None else DeadQueues(place)


def publish_events(settings: Settings, bodies: Sequence[bytes]) -> None:
    """Publish structured events over the broker, each confirmed."""
    place = broker(settings)
    if place is None:
        raise ValueError("SIGNET_BROKER_URL is not set: events go in through intake itself")
    publish(place, bodies)


def relay(settings: Settings, engine: Database) -> Relay:
    """What publishes our events, or only gives them their place in the feed where there is no broker."""
    place = broker(settings)
    return Relay(
        post=RelayPost(engine),
        open_outlet=Embedded if place is None else lambda: EventOutlet(place, settings.source),
        count_unroutable=metrics.OUTBOUND_UNROUTABLE.inc,
    )


def sweeping(settings: Settings, engine: Database) -> Callable[[], Mapping[str, int] | None]:
    """What lets go of what is old, and of old keys; it answers None where another process is at it."""
    kept, vault = Kept(feed=timedelta(days=settings.feed_days)), vault_of(settings)

    def once() -> Mapping[str, int]:
        swept = sweep(engine, kept)
        if dkim.has_own_zone(settings):
            swept = {**swept, "keys_begun": adopt(engine)}
        return swept if vault is None else {**swept, "rewrapped": rewrap(engine, vault).done}

    return lambda: in_turn(engine, UPKEEP, once)
