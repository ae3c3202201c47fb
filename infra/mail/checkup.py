"""Whether mails leave, can be verified, and what waits, for `signet doctor`."""

from collections.abc import Iterator
from typing import Final

from domain.ports import NotReachable, Work
from infra.db.installation import opened_database
from infra.db.link import Link
from infra.db.migrate import is_current
from infra.dns.consulting import consulting
from infra.dns.resolver import NoResolver, system_resolvers
from infra.health import Check, Health
from infra.lists.suffixes import PublicSuffixes
from infra.mail import dkim_record
from infra.mail.own_dkim import own_dkim
from infra.mail.own_sender import own_sender
from infra.mail.relay import NO_SMTPUTF8, Relay
from infra.settings import Settings

_WAITING: Final = """
    SELECT notices.detail, count(*) FROM schedule JOIN notices USING (id)
    WHERE schedule.work = %(work)s AND schedule.attempt > 1 GROUP BY 1 ORDER BY 2 DESC, 1
"""
INTERNATIONAL: Final = (
    "Let the relay offer SMTPUTF8 (RFC 6531), or use one that does: mails to addresses with other letters "
    "than ASCII before the @ need it."
)


def relay(url: str | None) -> Check:
    """Whether the relay takes our mails, up to the first mail."""
    part = "relay"
    if url is None:
        return Check(part=part, health=Health.WORKS, seen="none is set: mails are written into the mailbox")
    carrier = Relay.parse(url)
    manners = carrier.check()
    if manners.fault is not None:
        advice = "Check SIGNET_RELAY_URL: host, port, user, password, and the form of encryption."
        return Check(part=part, health=Health.BROKEN, seen=manners.fault, advice=advice)
    seen = carrier.url.warning or "it lets us in"
    if manners.smtputf8:
        return Check(part=part, health=Health.WORKS, seen=seen)
    return Check(
        part=part, health=Health.WORKS, seen=f"{seen}; it does not offer SMTPUTF8", advice=INTERNATIONAL
    )


def waiting(settings: Settings) -> Iterator[Check]:
    """Which mails wait for another try, and why; nothing where the database cannot say."""
    try:
        with opened_database(settings, role="doctor", pool=1) as engine, engine.connect() as connection:
            if not is_current(engine):
                return
            counts = {row[0]: row[1] for row in Link(connection).rows(_WAITING, {"work": Work.MAIL.value})}
    except NotReachable:
        return
    if not counts:
        yield Check(part="mails", health=Health.WORKS, seen="none waits for another try")
        return
    seen = ", ".join(f"{count} × {detail}" for detail, count in counts.items())
    stuck = NO_SMTPUTF8 in counts
    yield Check(
        part="mails",
        health=Health.BROKEN if stuck else Health.WORKS,
        seen=f"these wait for another try: {seen}",
        advice=INTERNATIONAL if stuck else "",
    )


def dkim(settings: Settings) -> Check:
    """Whether receivers find the key that our mails are signed with."""
    part, ours = "DKIM", own_dkim(settings)
    if ours is None:
        return Check(part=part, health=Health.WORKS, seen="no key is set: mails leave unsigned by us")
    asked = dkim_record.question(ours)
    try:
        with consulting(settings.resolvers or system_resolvers()) as engine:
            found = dkim_record.judge(ours, engine.consult([asked]).get(asked))
    except NoResolver as error:
        return Check(part=part, health=Health.UNTESTED, seen=str(error))
    if found.is_right:
        return Check(part=part, health=Health.WORKS, seen=found.seen)
    health = Health.UNTESTED if found.is_right is None else Health.BROKEN
    return Check(
        part=part, health=health, seen=found.seen, advice=f"Publish {ours.name} TXT {ours.key.record}"
    )


def alignment(settings: Settings) -> Iterator[Check]:
    """Whether that signature counts for DMARC, which asks whose From is; nothing where we do not sign.

    By the organizational domain (relaxed alignment: RFC 9989, section 4.10, as RFC 7489, section 3.1.1, before it).
    """
    signing, ours = settings.dkim_domain, own_sender(settings).domain
    if signing is None:
        return
    suffixes = PublicSuffixes()
    if suffixes.organization(signing) == suffixes.organization(ours):
        seen = f"mails are from {ours}, and signed by {signing}: the signature counts"
        yield Check(part="DMARC", health=Health.WORKS, seen=seen)
        return
    seen = f"mails are from {ours}, and signed by {signing}: that signature does not count for DMARC"
    advice = (
        f"Let SIGNET_DKIM_DOMAIN be {suffixes.organization(ours)} or a name under it, or SIGNET_MAIL_FROM an address "
        f"at {suffixes.organization(signing)} or under it; unless the relay signs for {ours}."
    )
    yield Check(part="DMARC", health=Health.WORKS, seen=seen, advice=advice)
