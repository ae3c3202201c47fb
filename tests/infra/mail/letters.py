"""Sample notices, and their snapshots: `python -m tests.infra.mail.letters` writes them anew, for a person to read."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Final

from domain.challenge import ExpectedRecord, dkim_challenge
from domain.diagnosis import Code
from domain.dialogue import Stage
from domain.identity import Route
from domain.judges.smtp import LoginVerdict
from domain.mail_server import Host, MailServer
from domain.notice import DigestContent, DigestItem, NoticeContent, NoticeKind
from domain.provider import FinalDot, Known, Provider
from domain.smtp_sentences import Saying
from domain.verdict import Finding, Outcome, Status
from infra.mail.compose import compose
from infra.mail.sender import Sender
from tests.domain.building import START, TOKENS, a_finding
from tests.domain.certifying import facts

SNAPSHOTS: Final = Path(__file__).parent / "snapshots"
SENDER: Final = Sender("Signet", "no-reply@signet.example.com")
PANEL: Final = Provider(
    id="panel",
    name="Panel & Sons",
    name_servers=("ns.panel.example",),
    name_field="Host",
    target_field="Points to",
    appends_domain=Known.YES,
    final_dot=FinalDot.FORBIDDEN,
    help_page="https://help.panel.example/dns",
)
HACKY, HACKY_ASCII = "háčky.cz", "xn--hky-ela4t.cz"
SERVER = MailServer(host=Host(name="smtp.example.org", shown="smtp.example.org"), port=465)
LOGINS = {
    NoticeKind.SMTP_VERIFIED: (
        SERVER,
        LoginVerdict(outcome=Outcome.PASSED, stage=Stage.AUTH, saying=Saying.PASSED),
    ),
    NoticeKind.SMTP_FAILED: (
        SERVER,
        LoginVerdict(outcome=Outcome.REFUSED, stage=Stage.AUTH, saying=Saying.CREDENTIALS),
    ),
    NoticeKind.SMTP_EXPIRED: (
        SERVER,
        LoginVerdict(outcome=Outcome.NOT_YET, stage=Stage.CONNECT, saying=Saying.NO_CONNECTION),
    ),
}
CERTIFICATES = (
    NoticeKind.CERTIFICATE_ACCEPTED,
    NoticeKind.CERTIFICATE_EXPIRING,
    NoticeKind.CERTIFICATE_EXPIRED,
)
WATCHED = (NoticeKind.DOMAIN_RECOVERED, NoticeKind.DOMAIN_REVOKED, NoticeKind.DOMAIN_AT_RISK)


def findings(
    *codes: Code | None, seen: tuple[str, ...] = (), domain: str = "example.org"
) -> tuple[Finding, ...]:
    """One finding per record, each with its code (None: all is well)."""
    records = dkim_challenge(domain, TOKENS, "dkim.signet.example").records
    return tuple(_found(record, code, seen) for record, code in zip(records, codes, strict=True))


def at_panel(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The same findings, in a zone that PANEL runs."""
    servers = ("a.ns.panel.example", "b.ns.panel.example")
    return tuple(replace(one, zone="example.org", name_servers=servers) for one in found)


def _found(record: ExpectedRecord, code: Code | None, seen: tuple[str, ...]) -> Finding:
    found = a_finding(record, code, *(() if code is Code.RECORD_MISSING else seen))
    misplaced = {Code.RECORD_MISSING, Code.NAME_DOUBLED, Code.DOMAIN_NOT_FOUND}
    is_wrong = found.status is Status.MISSING and code not in misplaced
    return replace(found, status=Status.WRONG) if is_wrong else found


def a_notice(
    kind: NoticeKind = NoticeKind.DOMAIN_EXPIRED,
    found: tuple[Finding, ...] = (),
    *,
    locale: str = "en",
    domain: str = "example.org",
    domain_unicode: str | None = None,
) -> NoticeContent:
    """A notice to the owner of a domain."""
    return NoticeContent(
        kind=kind,
        key=f"{domain}.{kind}",
        recipient="owner@example.net",
        locale=locale,
        domain=domain,
        domain_unicode=domain_unicode or domain,
        at=START + timedelta(hours=24),
        deadline=START + timedelta(hours=48),
        route=Route.CLOUD if found else Route.SMTP,
        findings=found,
        address="Info@example.org" if kind in CERTIFICATES else "",
        login=LOGINS.get(kind),
        certificate=facts() if kind in CERTIFICATES else None,
    )


def a_digest(locale: str = "en", kinds: tuple[NoticeKind, ...] = ()) -> DigestContent:
    """The digest of a day with six notices too many."""
    verified, expired, waiting = (
        NoticeKind.DOMAIN_VERIFIED,
        NoticeKind.DOMAIN_EXPIRED,
        NoticeKind.DOMAIN_WAITING,
    )
    items = [
        DigestItem(kind=kind, domain=name, domain_unicode=name, at=START + timedelta(minutes=number))
        for number, kind in enumerate(kinds or (verified, expired, verified, waiting, verified))
        for name in [f"shop{number}.example.org"]
    ]
    hacky = DigestItem(kind=expired, domain=HACKY_ASCII, domain_unicode=HACKY, at=START)
    return DigestContent(
        key="owner@example.net.2026-11-23",
        recipient="owner@example.net",
        locale=locale,
        at=START + timedelta(hours=12),
        items=tuple(items) if kinds else (*items, hacky),
    )


def samples() -> Iterator[tuple[str, NoticeContent | DigestContent]]:
    """Every letter in every variant, in both languages."""
    for locale in ("en", "cs"):
        blind = findings(Code.TIMEOUT, Code.SERVFAIL, domain=HACKY_ASCII)
        doubled = findings(Code.NAME_DOUBLED, None, seen=("sg1-aaa._domainkey.example.org.example.org",))
        wrong = findings(Code.WRONG_TARGET, Code.RECORD_MISSING, seen=("dkim.other.example",))
        glued = findings(Code.TARGET_ORIGIN_APPENDED, Code.RECORD_MISSING, seen=("sg1.dkim.example.org",))
        gone = findings(Code.RECORD_MISSING, None)
        hacky = {"domain": HACKY_ASCII, "domain_unicode": HACKY, "locale": locale}
        yield f"verified.{locale}", a_notice(NoticeKind.DOMAIN_VERIFIED, findings(None, None), locale=locale)
        yield f"waiting.{locale}", a_notice(NoticeKind.DOMAIN_WAITING, doubled, locale=locale)
        yield f"waiting-blind.{locale}", a_notice(NoticeKind.DOMAIN_WAITING, blind, **hacky)
        yield f"waiting-smtp.{locale}", a_notice(NoticeKind.DOMAIN_WAITING, locale=locale)
        yield f"expired.{locale}", a_notice(NoticeKind.DOMAIN_EXPIRED, wrong, locale=locale)
        yield f"waiting-panel.{locale}", a_notice(NoticeKind.DOMAIN_WAITING, at_panel(doubled), locale=locale)
        yield f"expired-panel.{locale}", a_notice(NoticeKind.DOMAIN_EXPIRED, at_panel(glued), locale=locale)
        yield f"expired-blind.{locale}", a_notice(NoticeKind.DOMAIN_EXPIRED, blind, **hacky)
        yield f"expired-smtp.{locale}", a_notice(NoticeKind.DOMAIN_EXPIRED, locale=locale)
        yield f"at-risk.{locale}", a_notice(NoticeKind.DOMAIN_AT_RISK, gone, locale=locale)
        yield (
            f"recovered.{locale}",
            a_notice(NoticeKind.DOMAIN_RECOVERED, findings(None, None), locale=locale),
        )
        yield f"revoked.{locale}", a_notice(NoticeKind.DOMAIN_REVOKED, wrong, locale=locale)
        yield (
            f"address-confirmed.{locale}",
            replace(a_notice(NoticeKind.ADDRESS_CONFIRMED, locale=locale), address="Info@example.org"),
        )
        for kind in (*LOGINS, *CERTIFICATES):
            yield f"{kind.replace('_', '-')}.{locale}", a_notice(kind, locale=locale)
        yield f"digest.{locale}", a_digest(locale)
        yield f"digest-watched.{locale}", a_digest(locale, WATCHED)


def composed(content: NoticeContent | DigestContent) -> EmailMessage:
    """The mail as its reader's program takes it apart."""
    return BytesParser(policy=policy.default).parsebytes(compose(content, SENDER, [PANEL]))


def body(message: EmailMessage, kind: str) -> str:
    """The text or the HTML of a mail, with the line ends of Python."""
    part = message.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def snapshot(content: NoticeContent | DigestContent) -> str:
    """What a person sees of a mail, in plain text."""
    message = composed(content)
    return f"Subject: {message['Subject']}\n\n{body(message, 'plain')}"


if __name__ == "__main__":
    for title, sample in samples():
        (SNAPSHOTS / f"{title}.txt").write_text(snapshot(sample))
    (SNAPSHOTS / "verified.en.eml").write_bytes(compose(dict(samples())["verified.en"], SENDER))
    sys.exit(0)
