"""Whether everything that an installation needs is there and works, asked one by one, for `signet doctor`.

Nothing is changed by asking. Each answer says what is the case and, where it is bad, what to do.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from domain.observation import Asked, Question, Seen, Whom
from domain.ports import NotReachable
from infra.amqp.link import Broker, connect
from infra.db.engine import connect as open_database
from infra.db.installation import database_url, opened_database
from infra.db.link import Link
from infra.db.migrate import is_current
from infra.db.parked import Parked, count_parked, name_parked
from infra.db.unlocking import needed_keys, what_is_missing
from infra.dkim.asking import NameServers as OwnServers
from infra.dns.consulting import consulting
from infra.dns.resolver import NoResolver, Resolver, system_resolvers
from infra.health import Check, Health
from infra.mail import checkup as mail
from infra.settings import Settings
from infra.vault.key_source import KeysRefused, key_source

MOST_APART: Final = timedelta(seconds=2)
ROOT: Final = Asked(Question("", "NS"), Whom.RESOLVERS)  # any server has something to say about the root

NEW_KEY: Final = "Put a key that `signet keys generate` prints into SIGNET_KEYS, and start Signet again."
SPOILED: Final = (
    "Put the file right, or restore it from a backup: what is kept needs the keys that were in it."
)
OLD_KEY: Final = "Without it these records are lost, and their owners have to hand them in again."

NO_SERVERS: Final = "Name the servers of that zone in SIGNET_DKIM_NAMESERVERS; docs/operations.md says how."
SILENT_SERVER: Final = (
    "Check SIGNET_DKIM_NAMESERVERS, the server, its copy of the zone, and whether UDP and TCP port 53 pass."
)
LONG_NEGATIVE: Final = (
    "The last number of the zone's SOA makes it so long: make that SIGNET_DKIM_TTL as well."
)


def database(open_engine: Callable[[], Engine]) -> Iterator[Check]:
    """Whether the database answers, is up to date, keeps time, and has nothing parked."""
    try:
        current, apart, count, parked = _read(open_engine())
    except NotReachable as error:
        advice = "Start `signet run`, or check SIGNET_DATABASE_URL and the server that it names."
        yield Check(part="database", health=Health.BROKEN, seen=str(error), advice=advice)
        yield Check(part="clock", health=Health.UNTESTED, seen="the database's clock cannot be read")
        return
    if not current:
        yield Check(
            part="database",
            health=Health.BROKEN,
            seen="its tables are not up to date",
            advice="Run `signet migrate`.",
        )
    elif count:
        yield from _parked(count, parked)
    else:
        yield Check(part="database", health=Health.WORKS, seen="it answers and is up to date")
    yield _clock(apart)


def _parked(count: int, parked: Sequence[Parked]) -> Iterator[Check]:
    """What our own handling failed at five times."""
    things = "1 thing is" if count == 1 else f"{count} things are"
    seen = f"it answers; {things} parked after five failures of ours"
    if count > len(parked):
        seen += f": here the {len(parked)} that wait longest"
    advice = (
        "Find the cause in the log by what was parked, mend it, then `signet doctor --free` lets all of it run again;"
        " docs/operations.md says more."
    )
    yield Check(part="database", health=Health.BROKEN, seen=seen, advice=advice)
    for one in parked:
        owner = f" of {one.account}" if one.account else ""
        seen = f"{one.what}{owner}, due since {one.due_at:%Y-%m-%d %H:%M:%SZ}; {one.id} in the log"
        yield Check(part="parked", health=Health.BROKEN, seen=seen)


def _read(engine: Engine) -> tuple[bool, timedelta, int, Sequence[Parked]]:
    """Whether the tables are up to date, how far the clocks are apart, how many things are parked, and which."""
    try:
        with engine.connect() as connection:
            link = Link(connection)
            apart = abs(datetime.fromtimestamp(time.time(), UTC) - link.now)
            current = is_current(engine)
            return (
                (current, apart, count_parked(link), name_parked(link)) if current else (False, apart, 0, ())
            )
    finally:
        engine.dispose()


def _clock(apart: timedelta) -> Check:
    seen = f"{apart.total_seconds():.1f} s apart from the database's"
    if apart <= MOST_APART:
        return Check(part="clock", health=Health.WORKS, seen=seen)
    advice = "Let both machines take their time from NTP. Deadlines count by the database's clock."
    return Check(part="clock", health=Health.BROKEN, seen=seen, advice=advice)


def keys(settings: Settings) -> Check:
    """Whether what is kept can be opened, and which key-encryption keys are still needed."""
    part, source = "keys", key_source(settings)
    try:
        ring = None if source is None else source()
        with opened_database(settings, role="doctor", pool=1) as engine:
            needed = needed_keys(engine)
    except KeysRefused as error:
        return Check(part=part, health=Health.BROKEN, seen=str(error), advice=SPOILED)
    except NotReachable:
        return Check(part=part, health=Health.UNTESTED, seen="the database cannot be asked what it needs")
    missing = what_is_missing(needed, ring)
    if missing:
        return Check(part=part, health=Health.BROKEN, seen=missing, advice=OLD_KEY)
    if ring is None:
        seen = "none is set: what needs a secret (own SMTP servers, certificates) is not taken"
        return Check(part=part, health=Health.WORKS, seen=seen, advice=NEW_KEY)
    older = needed.keys() - {ring.newest.id}
    if older:
        seen = f"all that is kept can be opened; {', '.join(sorted(older))} is still needed beside the newest"
        return Check(part=part, health=Health.WORKS, seen=seen, advice="`signet keys rotate` changes that.")
    return Check(
        part=part, health=Health.WORKS, seen=f"nothing needs another than the newest, {ring.newest.id}"
    )


def broker(place: Broker | None) -> Check:
    """Whether RabbitMQ lets us in."""
    if place is None:
        return Check(part="broker", health=Health.WORKS, seen="none is set: work is handed on in process")
    try:
        connect(place, "signet doctor").close()
    except NotReachable as error:
        advice = "Check SIGNET_BROKER_URL, and the server, user and virtual host that it names."
        return Check(part="broker", health=Health.BROKEN, seen=str(error), advice=advice)
    return Check(part="broker", health=Health.WORKS, seen=f"it answers ({place.place})")


def resolvers(chosen: tuple[Resolver, ...]) -> Iterator[Check]:
    """Whether each resolver answers at all: any server has something to say about the root."""
    try:
        asked = chosen or system_resolvers()
    except NoResolver as error:
        yield Check(part="DNS", health=Health.BROKEN, seen=str(error))
        return
    for resolver in asked:
        with consulting([resolver]) as engine:
            seen = engine.consult([ROOT])[ROOT].telling.seen
        if seen is Seen.TIMEOUT:
            advice = (
                "Check SIGNET_RESOLVERS, the resolver, and whether a firewall lets UDP and TCP port 53 pass."
            )
            yield Check(
                part=f"DNS {resolver}", health=Health.BROKEN, seen="it does not answer", advice=advice
            )
        else:
            yield Check(part=f"DNS {resolver}", health=Health.WORKS, seen="it answers")


def own_zone(settings: Settings) -> Check:
    """Whether each of our own name servers answers for the DKIM zone, and how soon a new key may sign."""
    part, zone = "DKIM zone", settings.dkim_zone
    if zone is None:
        return Check(part=part, health=Health.WORKS, seen="none is set: route cloud is not taken")
    if not settings.dkim_nameservers:
        return Check(part=part, health=Health.WORKS, seen="no DKIM keys are made", advice=NO_SERVERS)
    seen = OwnServers(zone=zone, servers=settings.dkim_nameservers).look([zone])
    silent = [told.server for told in seen.told[zone] if told.texts is None]
    if silent:
        said = f"{', '.join(silent)} does not answer for {zone}, so no new key begins to sign"
        return Check(part=part, health=Health.BROKEN, seen=said, advice=SILENT_SERVER)
    wait = max(settings.dkim_ttl, seen.negative_ttl)
    count = len(seen.told[zone])
    who = f"all {count} servers answer" if count > 1 else "its server answers"
    said = f"{who}; a new key signs {wait.total_seconds():.0f} s after {'all have' if count > 1 else 'it has'} it"
    advice = LONG_NEGATIVE if seen.negative_ttl > settings.dkim_ttl else ""
    return Check(part=part, health=Health.WORKS, seen=said, advice=advice)


def signatures() -> Check:
    """Whether what certificates sign on trial can be verified."""
    part = "openssl"
    if shutil.which("openssl") is not None:
        return Check(part=part, health=Health.WORKS, seen="it is there: signatures can be tried")
    return Check(
        part=part,
        health=Health.BROKEN,
        seen="it is not installed: no certificate can be accepted",
        advice="Install the program openssl where workers run.",
    )


def checkup(settings: Settings) -> Iterator[Check]:
    """Look at every part of an installation."""
    yield from database(lambda: open_database(database_url(settings), role="doctor", pool=1))
    yield keys(settings)
    yield signatures()
    place = None
    if settings.broker_url is not None:
        place = Broker(url=settings.broker_url, ca=settings.broker_ca, queue_type=settings.queue_type)
    yield broker(place)
    yield from resolvers(settings.resolvers)
    yield own_zone(settings)
    yield mail.relay(settings.relay_url)
    yield from mail.waiting(settings)
    yield mail.dkim(settings)
    yield from mail.alignment(settings)
