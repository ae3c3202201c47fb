"""Freezes a notice as the bytes that will be sent.

Law: the same content gives the same bytes, for ever: Message-ID and boundary come from the notice's
key, and the date is the moment that it speaks of. Whatever cannot be written safely is a ValueError.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from email.headerregistry import Address
from typing import Any, Final

from domain.certificates import CertificateFacts
from domain.judges.smtp import LoginVerdict
from domain.login_words import Asked, LoginWords, put_into_words
from domain.mail_server import MailServer
from domain.names import DomainName, spell
from domain.notice import (
    ConfirmationContent,
    DigestContent,
    DigestItem,
    NoticeContent,
    NoticeKind,
    as_recipient,
)
from domain.provider import Provider, guidance
from domain.verdict import Finding, Status
from infra.mail.octets import Letter, octets
from infra.mail.rendering import Rendered, rendered
from infra.mail.sender import Sender
from infra.mail.sentences import few, issuer_name, tells_seen
from infra.mail.wire import on_the_wire
from infra.texts import Texts, texts

NAMESPACE: Final = uuid.UUID(
    "4e1b8b1c-6d1f-5d7e-9d5a-1c1f0f5d8a11"
)  # ours for ever: Message-IDs depend on it


def compose(
    content: NoticeContent | DigestContent, sender: Sender, providers: Sequence[Provider] = ()
) -> bytes:
    """Put a notice into the recipient's language, and freeze it. `providers`: those whose panels are known."""
    said = texts(content.locale)
    if isinstance(content, DigestContent):
        letter = rendered(NoticeKind.DIGEST, said, _digest_facts(content, said))
    else:
        letter = rendered(content.kind, said, _facts(content, said, providers))
    return frozen(content, sender, letter, said)


def mail_id(key: str) -> str:
    """The id of the one mail that a notice's key stands for (RFC 9562, section 5.5)."""
    return str(uuid.uuid5(NAMESPACE, key))


def frozen(
    content: NoticeContent | ConfirmationContent | DigestContent,
    sender: Sender,
    letter: Rendered,
    said: Texts,
) -> bytes:
    """One letter as the bytes that will be sent."""
    recipient = as_recipient(content.recipient)
    local_part, _, domain = recipient.rpartition("@")
    utf8 = not recipient.isascii()
    written = Letter(
        id=mail_id(content.key),
        domain=sender.domain,
        sender=sender.header,
        recipient=Address(username=local_part, domain=domain),
        subject=letter.subject,
        date=content.at.astimezone(UTC),
        language=said.language.value,
        text=letter.text,
        html=letter.html,
    )
    return on_the_wire(octets(written, utf8=utf8), utf8=utf8)


def _facts(content: NoticeContent, said: Texts, providers: Sequence[Provider]) -> Mapping[str, Any]:
    return {
        "domain": _named(content.domain, content.domain_unicode),
        "address": content.address,
        "login": None if content.login is None else _login(*content.login, said),
        "certificate": None if content.certificate is None else _certificate(content.certificate, said),
        "at": said.moment(content.at),
        "deadline": said.moment(content.deadline),
        "blind": content.is_blind,
        "records": [
            {**_record(number, found, said), "guidance": guidance(found, providers)}
            for number, found in enumerate(content.findings, start=1)
        ],
    }


def _login(server: MailServer, verdict: LoginVerdict, said: Texts) -> LoginWords:
    """What came of a login. Which ports are allowed is not said in a mail."""
    asked = Asked(server=server, sender=None, ports=(587, 465))
    return put_into_words(verdict, asked, said.say)


def _certificate(facts: CertificateFacts, said: Texts) -> Mapping[str, str]:
    return {"issuer": issuer_name(facts.issuer), "end": said.moment(facts.not_after)}


def _record(number: int, found: Finding, said: Texts) -> Mapping[str, Any]:
    tag, label = _standing(found.status, said)
    return {
        "number": number,
        "type": found.record.type,
        "name": found.record.name,
        "value": found.record.value,
        "ok": found.status is Status.OK,
        "tag": tag,
        "label": label,
        "seen": () if tells_seen(found.diagnosis) else few(found.seen),
        "diagnosis": found.diagnosis,
    }


def _standing(status: Status, said: Texts) -> tuple[str, str]:
    match status:
        case Status.OK:
            return "good", said.say("found")
        case Status.MISSING:
            return "act", said.say("not there yet")
        case Status.WRONG:
            return "act", said.say("different")
        case Status.UNKNOWN:
            return "still", said.say("not visible to us")


def _digest_facts(content: DigestContent, said: Texts) -> Mapping[str, Any]:
    labels = {
        NoticeKind.DOMAIN_AT_RISK: said.say("Please check the DNS records"),
        NoticeKind.DOMAIN_REVOKED: said.say(
            "No longer verified: put the records back and ask for a new check"
        ),
        NoticeKind.DOMAIN_RECOVERED: said.say("Everything is in place again"),
        NoticeKind.DOMAIN_VERIFIED: said.say("Verified"),
        NoticeKind.DOMAIN_EXPIRED: said.say("Not verified yet: ask for a new check to carry on"),
        NoticeKind.DOMAIN_WAITING: said.say("Still waiting"),
        NoticeKind.SMTP_VERIFIED: said.say("The mail server works"),
        NoticeKind.SMTP_FAILED: said.say(
            "The mail server does not take the login: please check the settings"
        ),
        NoticeKind.SMTP_EXPIRED: said.say("The mail server did not take the login in time"),
        NoticeKind.ADDRESS_CONFIRMED: said.say("Confirmed"),
        NoticeKind.CERTIFICATE_EXPIRED: said.say("The certificate has ended: please upload a new one"),
        NoticeKind.CERTIFICATE_EXPIRING: said.say("The certificate ends soon: please upload a new one"),
        NoticeKind.CERTIFICATE_ACCEPTED: said.say("The certificate is accepted"),
    }
    groups = [
        {"label": label, "lines": _lines((item for item in content.items if item.kind is kind), said)}
        for kind, label in labels.items()
    ]
    return {"items": content.items, "groups": [group for group in groups if group["lines"]]}


def _lines(items: Iterable[DigestItem], said: Texts) -> list[tuple[str, str]]:
    ordered = sorted(items, key=lambda item: (item.at, item.domain, item.address))
    return [
        (item.address or _named(item.domain, item.domain_unicode), said.moment(item.at)) for item in ordered
    ]


def _named(domain: str, domain_unicode: str) -> str:
    """The name as people read it, with the name as machines write it beside where the two differ."""
    if spell(domain) != DomainName(domain, domain_unicode):
        raise ValueError("not a domain name in its A- and U-label forms")
    return domain if domain == domain_unicode else f"{domain_unicode} ({domain})"
