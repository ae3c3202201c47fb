"""What the suite stores: identities, looks and news, all about the database's own time."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.challenge import dkim_challenge
from domain.identity import Identity, State
from domain.lifecycle import Step
from domain.mailing import PlannedNotice
from domain.ports import Awaited, Looked, Stamped, Ticket, Work
from domain.verdict import Outcome, Verdict
from infra.db.unit_of_work import SqlUnitOfWork
from infra.vault.keys import KeyEncryptionKey, KeyRing
from infra.vault.vault import Vault
from tests.domain.building import an_identity

Units = Callable[[], SqlUnitOfWork]

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=5)
RAN_OUT = timedelta(seconds=-1)
RING = KeyRing(
    (
        KeyEncryptionKey(b"the older key-encryption key: 32"),
        KeyEncryptionKey(b"the newer key-encryption key: 32"),
    )
)
VAULT = Vault(lambda: RING)


def a_registration(now: datetime, *, subject: str = "example.org", account: str = "acme") -> Identity:
    """A domain that is registered now, with an id and tokens of its own."""
    tokens = (uuid.uuid4().hex[:26], uuid.uuid4().hex[:26])
    return replace(
        an_identity(challenge=dkim_challenge(subject, tokens, "dkim.signet.example")),
        id=str(uuid.uuid4()),
        account=account,
        subject=subject,
        created_at=now,
        window_at=now,
        acted_at=now,
        deadline=now + 48 * HOUR,
        last_look_at=now + 48 * HOUR,
    )


def an_event(identity: Identity, sequence: int, word: str = "accepted") -> Stamped:
    """An event about an identity."""
    return Stamped(
        id=f"{identity.id}/{sequence}",
        type=f"org.signet.domain.{word}.v1",
        account=identity.account,
        subject=identity.subject,
        identity_id=identity.id,
        sequence=sequence,
        body=b'{"\xc4\x8d": 1}',
    )


def a_notice(identity: Identity, key: str, recipient: str = "owner@example.net") -> PlannedNotice:
    """A mail to the owner."""
    return PlannedNotice(
        id=str(uuid.uuid4()),
        key=key,
        kind="domain_verified",
        identity_id=identity.id,
        recipient=recipient,
        locale="cs",
        body=b"Subject: x\r\n\r\n\x00\xff",
    )


def register(unit: Units, *, subject: str = "example.org", account: str = "acme") -> Identity:
    """Store a domain, due now, with its first event."""
    with unit() as work:
        identity = replace(a_registration(work.now, subject=subject, account=account), sequence=1)
        work.identities.add([identity])
        work.schedule.put([Step(identity=identity, due_at=work.now)])
        work.outbox.add([an_event(identity, 1)])
        work.commit()
    return identity


def claim(
    unit: Units, lease: timedelta = LEASE, what: Work = Work.DNS_FRESH, limit: int = 100
) -> Sequence[Ticket]:
    """Claim what is due."""
    with unit() as work:
        tickets = work.schedule.claim(what, limit=limit, lease=lease)
        work.commit()
    return tickets


def awaited(unit: Units, tickets: Sequence[Ticket]) -> Sequence[Awaited]:
    """Read what the tickets are for."""
    with unit() as work:
        return work.looks.awaited(tickets)


def waiting(read: Awaited, verdict: Verdict, *, due_in: timedelta = HOUR) -> Looked:
    """A look that changes nothing of the identity."""
    progress = replace(read.progress, attempt=read.progress.attempt + 1)
    step = Step(identity=read.identity, progress=progress, due_at=read.read_at + due_in)
    return Looked(
        awaited=read, step=step, outcome=verdict.outcome, findings=verdict.findings, at=read.read_at
    )


def passed(read: Awaited) -> Looked:
    """A look that verifies the identity: its state, an event and a mail."""
    verified = replace(read.identity, state=State.VERIFIED, sequence=read.identity.sequence + 1)
    return Looked(
        awaited=read,
        step=Step(
            identity=verified,
            progress=replace(read.progress, attempt=read.progress.attempt + 1),
            due_at=read.read_at + HOUR,
        ),
        outcome=Outcome.PASSED,
        findings=(),
        at=read.read_at,
        events=(an_event(verified, verified.sequence, "verified"),),
        notices=(a_notice(verified, f"verified:{verified.id}"),),
    )


def write(unit: Units, looked: Sequence[Looked]) -> frozenset[str]:
    """Write looks and commit; answer the ids of those written."""
    with unit() as work:
        written = work.looks.write(looked)
        work.commit()
    return frozenset(look.awaited.identity.id for look in written)


def stored(unit: Units, identity_id: str) -> Identity:
    """The identity as it is now."""
    with unit() as work:
        return work.directory.find([identity_id])[0].identity
