"""Between the rows of identities and what they mean."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from domain.challenge import Challenge
from domain.identity import (
    Address,
    Cause,
    Contact,
    Domain,
    Identity,
    Kind,
    OwnLogin,
    Route,
    State,
    WhenExpired,
)
from domain.signing_certificate import SigningCertificate
from infra.db.facts import accepted_from, credentials_from, facts_of, reason_from, reason_to, still_by
from infra.db.findings import dump, findings_from, findings_to, record_from, record_to

IDENTITY_COLUMNS: Final = (
    "i.id::text, i.kind, i.account, i.subject, i.generation, i.challenge::text, i.plan, i.route, i.contact::text,"
    " i.created_at, i.window_at, i.acted_at, i.deadline, i.last_look_at, i.state, i.findings::text, i.reminded,"
    " i.opened_by::text, i.looks_made, i.sequence, i.version, i.reason::text,"
    " i.facts::text, i.domain_id::text"
)
IDENTITY_WIDTH: Final = 24

# What never changes of an identity, and what a write may change: its columns and their types.
FIXED: Final = {
    "id": "uuid",
    "kind": "text",
    "account": "text",
    "subject": "text",
    "generation": "int",
    "challenge": "json",
    "created_at": "timestamptz",
    "domain_id": "uuid",
}
MOVING: Final = {
    "state": "text",
    "sequence": "int",
    "plan": "text",
    "route": "text",
    "facts": "json",
    "contact": "json",
    "window_at": "timestamptz",
    "acted_at": "timestamptz",
    "deadline": "timestamptz",
    "last_look_at": "timestamptz",
    "findings": "json",
    "reason": "json",
    "reminded": "bool",
    "opened_by": "json",
    "looks_made": "int",
}


def identity_from(row: Sequence[Any]) -> Identity:
    """The identity in a row of IDENTITY_COLUMNS."""
    match Kind(row[1]):
        case Kind.DOMAIN:
            return Domain(**_life(row), plan=row[6], route=Route(row[7]), still_by=still_by(row[22]))
        case Kind.ADDRESS:
            return _address_from(row)
        case Kind.SMTP:
            return _login_from(row)
        case Kind.CERTIFICATE:
            return _certificate_from(row)


def _life(row: Sequence[Any]) -> dict[str, Any]:
    """What all kinds have in common."""
    challenge = challenge_from(row[5])
    return {
        "id": row[0],
        "account": row[2],
        "subject": row[3],
        "generation": row[4],
        "challenge": challenge,
        "contact": _contact_from(row[8]),
        "created_at": row[9],
        "window_at": row[10],
        "acted_at": row[11],
        "deadline": row[12],
        "last_look_at": row[13],
        "state": State(row[14]),
        "findings": findings_from(row[15], challenge),
        "reminded": row[16],
        "opened_by": _cause_from(row[17]),
        "looks_made": row[18],
        "sequence": row[19],
        "version": row[20],
        "reason": reason_from(row[21]),
    }


def _address_from(row: Sequence[Any]) -> Address:
    facts = json.loads(row[22])
    next_mail_at = facts.get("next_mail_at")
    return Address(
        **_life(row),
        domain_id=row[23],
        address=facts["address"],
        display_name=facts.get("display_name"),
        when_expired=WhenExpired(facts["when_expired"]),
        mails=facts["mails"],
        next_mail_at=None if next_mail_at is None else datetime.fromisoformat(next_mail_at),
    )


def _login_from(row: Sequence[Any]) -> OwnLogin:
    facts = json.loads(row[22])
    in_use = facts.get("in_use")
    return OwnLogin(
        **_life(row),
        domain_id=row[23],
        tried=credentials_from(facts["tried"]),
        in_use=None if in_use is None else credentials_from(in_use),
    )


def _certificate_from(row: Sequence[Any]) -> SigningCertificate:
    facts = json.loads(row[22])
    accepted = facts.get("accepted")
    return SigningCertificate(
        **_life(row),
        address=facts["address"],
        address_id=facts["address_id"],
        tried=facts["tried"],
        waits=facts["waits"],
        accepted=None if accepted is None else accepted_from(accepted),
    )


def fixed_columns(identity: Identity) -> tuple[Any, ...]:
    """The values of FIXED."""
    return (
        identity.id,
        identity.kind.value,
        identity.account,
        identity.subject,
        identity.generation,
        dump([record_to(record) for record in identity.challenge.records]),
        identity.created_at,
        identity.domain_id if isinstance(identity, (Address, OwnLogin)) else None,
    )


def moving_columns(identity: Identity) -> tuple[Any, ...]:
    """The values of MOVING."""
    contact, cause, reason = identity.contact, identity.opened_by, identity.reason
    plan, route = (identity.plan, identity.route.value) if isinstance(identity, Domain) else (None, None)
    return (
        identity.state.value,
        identity.sequence,
        plan,
        route,
        facts_of(identity),
        None if contact is None else dump([contact.email, contact.locale]),
        identity.window_at,
        identity.acted_at,
        identity.deadline,
        identity.last_look_at,
        findings_to(identity.findings, identity.challenge),
        None if reason is None else reason_to(reason),
        identity.reminded,
        None if cause is None else dump([cause.id, cause.source, cause.request]),
        identity.looks_made,
    )


def tokens_of(challenge: Challenge) -> tuple[str, ...]:
    """The tokens in the names of the records: `sg1-<token>._domainkey.…`."""
    return tuple(record.name.partition(".")[0].partition("-")[2] for record in challenge.records)


def challenge_from(text: str) -> Challenge:
    """The challenge that was stored."""
    return Challenge(tuple(record_from(fields) for fields in json.loads(text)))


def arrays(types: Mapping[str, str]) -> str:
    """The arguments of `unnest` for columns: one binary array each, named as its column."""
    return ", ".join(f"%({name})b::{kind}[]" for name, kind in types.items())


def moments(several: Sequence[datetime]) -> str | None:
    """Moments as one value: `unnest` would take an array of arrays apart."""
    return f"{{{','.join(at.isoformat() for at in several)}}}" if several else None


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows turned into one list per column, as one statement takes them."""
    return [list(column) for column in zip(*rows, strict=True)]


def _contact_from(text: str | None) -> Contact | None:
    if text is None:
        return None
    email, locale = json.loads(text)
    return Contact(email=email, locale=locale)


def _cause_from(text: str | None) -> Cause | None:
    if text is None:
        return None
    cause_id, source, request = json.loads(text)
    return Cause(id=cause_id, source=source, request=request)
