"""What only a kind of identity knows of itself, and the reasons of those without records: as JSON and back."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.certificates import CertificateFacts
from domain.identity import (
    Address,
    Cause,
    Credentials,
    Domain,
    Identity,
    OwnLogin,
    Route,
)
from domain.mail_server import MailServer, Security, Way, parse_host
from domain.signing_certificate import AcceptedCertificate, SigningCertificate
from domain.verdict import Reason
from infra.db.findings import dump


def still_by(facts: str | None) -> Route | None:
    """The route by which the mail of a domain still leaves, where it was changed."""
    return None if facts is None else Route(json.loads(facts)["still_by"])


def facts_of(identity: Identity) -> str | None:
    """What only a kind knows of itself, where it has no columns for it."""
    match identity:
        case Domain():
            return None if identity.still_by is None else dump({"still_by": identity.still_by.value})
        case Address():
            waits = identity.next_mail_at
            facts: dict[str, Any] = {
                "address": identity.address,
                "display_name": identity.display_name,
                "when_expired": identity.when_expired.value,
                "mails": identity.mails,
                "next_mail_at": None if waits is None else waits.isoformat(),
            }
        case OwnLogin():
            used = identity.in_use
            facts = {
                "tried": _credentials_to(identity.tried),
                "in_use": None if used is None else _credentials_to(used),
            }
        case SigningCertificate():
            accepted = identity.accepted
            facts = {
                "address": identity.address,
                "address_id": identity.address_id,
                "tried": identity.tried,
                "waits": identity.waits,
                "accepted": None if accepted is None else _accepted_to(accepted),
            }
        case _:
            return None
    return dump({name: value for name, value in facts.items() if value is not None})


def _credentials_to(one: Credentials) -> list[Any]:
    server = one.server
    return [one.number, server.host.name, server.port, server.security.value, one.username]


def credentials_from(fields: Sequence[Any]) -> Credentials:
    """Credentials as they were."""
    number, name, port, security, username = fields
    host = parse_host(name)
    if host is None:
        raise ValueError("a host that was stored is none")
    server = MailServer(host=host, port=port, security=Security(security))
    return Credentials(number=number, server=server, username=username)


def _accepted_to(one: AcceptedCertificate) -> list[Any]:
    facts, cause = one.facts, one.uploaded_by
    return [
        one.number,
        one.told,
        None if cause is None else [cause.id, cause.source],
        facts.subject,
        facts.issuer,
        facts.serial,
        facts.fingerprint,
        facts.not_before.isoformat(),
        facts.not_after.isoformat(),
    ]


def accepted_from(fields: Sequence[Any]) -> AcceptedCertificate:
    """An accepted certificate as it was."""
    number, told, cause, subject, issuer, serial, fingerprint, not_before, not_after = fields
    facts = CertificateFacts(
        subject=subject,
        issuer=issuer,
        serial=serial,
        fingerprint=fingerprint,
        not_before=datetime.fromisoformat(not_before),
        not_after=datetime.fromisoformat(not_after),
    )
    uploaded_by = None if cause is None else Cause(id=cause[0], source=cause[1])
    return AcceptedCertificate(number=number, facts=facts, told=told, uploaded_by=uploaded_by)


def reason_to(reason: Reason) -> str:
    """A reason as it is stored."""
    works = reason.works
    fields = [reason.code, reason.detail, reason.stage]
    return dump(fields if works is None else [*fields, works.port, works.security.value])


def reason_from(text: str | None) -> Reason | None:
    """A reason as it was."""
    if text is None:
        return None
    code, detail, stage, *way = json.loads(text)
    works = Way(way[0], Security(way[1])) if way else None
    return Reason(code=code, detail=detail, stage=stage, works=works)
