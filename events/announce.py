"""Turns what became true into the events that say so, numbered and frozen.

Pure: the same step told at the same time gives the same bytes. An event's id is made of
its identity's id and its sequence, so that it is the same whenever it is made.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.certificate_life import RefusedUpload
from domain.confirmation import RefusedAddress
from domain.identity import Address, Cause, Domain, Identity, OwnLogin
from domain.lifecycle import Step
from domain.names import DomainName, Refusal, as_given, spell
from domain.ports import EventKey, Stamped
from domain.registration import Refused, RequestCode
from domain.signing_certificate import SigningCertificate
from events import of_addresses, of_certificates, of_domains, of_logins
from events.catalogue import FieldError, OutboundEvent
from events.catalogue.accounts import AccountRemoved
from events.catalogue.addresses import AddressRefused
from events.catalogue.certificates import CertificateRefused
from events.catalogue.domains import DomainRefused, DomainRegistered, DomainRemovalRefused
from events.catalogue.refused import EventRefused
from events.envelope import Envelope
from events.reading import account_of
from events.telling import Said, Telling
from events.writing import Stamp, refusal_id, write

__all__ = ["Telling"]


def announce(step: Step, telling: Telling) -> tuple[Identity, tuple[Stamped, ...]]:
    """The events of a step, in order, and the identity with its sequence moved on."""
    return _numbered(step.identity, _told(step, telling), telling)


def announce_kept(domain: Domain, addresses: int, telling: Telling) -> tuple[Identity, tuple[Stamped, ...]]:
    """A domain that is not removed, since it has so many addresses: `domain.removal_refused`."""
    event = DomainRemovalRefused(
        **of_domains.about(domain), at=telling.at, code=RequestCode.DOMAIN_HAS_ADDRESSES, addresses=addresses
    )
    return _numbered(domain, [(event, telling.cause)], telling)


def announce_refusal(
    wanted: DomainRegistered, why: Refused | Refusal, key: EventKey, telling: Telling
) -> Stamped:
    """A registration that made no identity: `domain.refused`, with the same id whenever the same event comes."""
    shown = as_given(wanted.domain)
    name = spell(wanted.domain)
    event = DomainRefused(
        account=wanted.account,
        domain=name.ascii if isinstance(name, DomainName) else shown,
        domain_unicode=name.unicode if isinstance(name, DomainName) else shown,
        code=why.code,
        message=why.message,
    )
    event_id = refusal_id(key.publisher, key.source, key.id, DomainRefused.TYPE.encode())
    return _stamp(event, event_id, telling)


def announce_address_refused(account: str, why: RefusedAddress, key: EventKey, telling: Telling) -> Stamped:
    """An address that was not taken: `address.refused`, with the same id whenever the same event comes."""
    event = AddressRefused(account=account, address=why.address, code=why.code, message=why.message)
    event_id = refusal_id(key.publisher, key.source, key.id, AddressRefused.TYPE.encode())
    return _stamp(event, event_id, telling)


def announce_certificate_refused(
    account: str, why: RefusedUpload, key: EventKey, telling: Telling
) -> Stamped:
    """An upload that was not opened: `certificate.refused`, with the same id whenever the same event comes."""
    event = CertificateRefused(account=account, address=why.address, code=why.code, message=why.message)
    event_id = refusal_id(key.publisher, key.source, key.id, CertificateRefused.TYPE.encode())
    return _stamp(event, event_id, telling)


def announce_account_removed(account: str, key: EventKey, telling: Telling) -> Stamped:
    """Nothing of an account is left: `account.removed`, with the same id whenever the same event comes."""
    event_id = refusal_id(key.publisher, key.source, key.id, AccountRemoved.TYPE.encode())
    return _stamp(AccountRemoved(account=account, at=telling.at), event_id, telling)


def announce_event_refused(
    envelope: Envelope,
    errors: Sequence[FieldError],
    retry_at: datetime | None,
    publisher: str,
    telling: Telling,
) -> Stamped:
    """An event that was not taken: `event.refused`, with another id for a corrected event."""
    event = EventRefused(
        account=account_of(envelope),
        source=envelope.source,
        id=envelope.id,
        type=envelope.type,
        errors=tuple(errors),
        retry_at=retry_at,
    )
    content = repr((envelope.type, envelope.subject, envelope.data, envelope.data_base64, retry_at))
    event_id = refusal_id(
        publisher, envelope.source, envelope.id, content.encode("utf-8", "backslashreplace")
    )
    return _stamp(event, event_id, telling)


def _told(step: Step, telling: Telling) -> list[Said]:
    match step.identity:
        case Domain() as domain:
            return of_domains.told(domain, step, telling)
        case OwnLogin() as login:
            return of_logins.told(login, step, telling)
        case Address() as address:
            return of_addresses.told(address, step.news, telling)
        case SigningCertificate() as certificate:
            return of_certificates.told(certificate, step, telling)
        case other:
            raise TypeError(type(other).__name__)


def _numbered(
    identity: Identity, said: Sequence[Said], telling: Telling
) -> tuple[Identity, tuple[Stamped, ...]]:
    first = identity.sequence + 1
    events = [
        _number(event, identity, sequence, telling, because)
        for sequence, (event, because) in enumerate(said, start=first)
    ]
    return replace(identity, sequence=identity.sequence + len(events)), tuple(events)


def _stamp(
    event: DomainRefused | AddressRefused | CertificateRefused | AccountRemoved | EventRefused,
    event_id: str,
    telling: Telling,
) -> Stamped:
    """Freeze an event that is about no identity."""
    stamp = Stamp(id=event_id, source=telling.source, time=telling.at, cause=telling.cause)
    return Stamped(
        id=event_id,
        type=event.TYPE,
        account=event.account,
        subject=event.subject,
        identity_id=None,
        sequence=None,
        body=write(event, stamp),
    )


def _number(
    event: OutboundEvent, identity: Identity, sequence: int, telling: Telling, cause: Cause | None
) -> Stamped:
    """Freeze an event of an identity, under its number."""
    event_id = f"{identity.id}.{sequence}"
    stamp = Stamp(id=event_id, source=telling.source, time=telling.at, sequence=sequence, cause=cause)
    return Stamped(
        id=event_id,
        type=event.TYPE,
        account=identity.account,
        subject=identity.shown,
        identity_id=identity.id,
        sequence=sequence,
        body=write(event, stamp),
    )
