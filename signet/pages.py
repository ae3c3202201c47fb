"""How one identity is shown to a person: what it is, what stands in DNS, what to do, and how it came to this."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from domain.confirmation import message
from domain.dkim_keys import DkimPair
from domain.identity import Address, Domain, Identity, Kind, OwnLogin, Route, State
from domain.names import DomainName, spell
from domain.provider import Provider
from domain.signing_certificate import SigningCertificate
from domain.standing import Change, SeenLook, Standing
from domain.verdict import Finding
from signet.key_table import key_table
from signet.reasons import why_not_used
from signet.record_view import not_seen_yet, record_view, run_by
from signet.screen import cell, moment, table, until, worded
from workers.resources import attempts

TITLES: Final = {
    Kind.DOMAIN: "domain",
    Kind.ADDRESS: "address",
    Kind.SMTP: "login at its mail server",
    Kind.CERTIFICATE: "certificate",
}


def identity_page(
    standing: Standing,
    looks: Sequence[SeenLook],
    history: Sequence[Change],
    providers: Sequence[Provider],
    *,
    now: datetime,
    keys: DkimPair | None = None,
) -> Group:
    """Everything about one identity. `providers`: those whose panels are known; `keys`: those of a domain."""
    identity = standing.identity
    name = spell(identity.subject)
    title = Text(name.unicode if isinstance(name, DomainName) else identity.shown, style="bold")
    title.append(f"  {TITLES[Kind(identity.kind)]}", style="not bold dim")
    title.append("  ", style="not bold").append_text(worded(identity.state))
    findings = looks[0].findings if looks else identity.findings
    parts: list[RenderableType] = [title, _inset(_facts(standing, _dns(findings, providers), now))]
    seen = {finding.record.name: finding for finding in findings}
    for number, record in enumerate(identity.proof.records, start=1):
        known = seen.get(record.name)
        parts.append(record_view(number, known, providers) if known else not_seen_yet(number, record))
    if keys is not None and keys.keys:
        parts += [_heading("DKIM keys"), _inset(key_table(keys))]
    if looks:
        parts += [_heading("Looks, the newest first"), _inset(_looks(looks))]
    parts += [_heading("History"), _inset(_history(history))]
    return Group(*parts)


def _facts(standing: Standing, dns: str | None, now: datetime) -> Table:
    identity = standing.identity
    contact = f"{identity.contact.email} ({identity.contact.locale})" if identity.contact else None
    due = standing.due_at
    facts: dict[str, object] = {
        "id": identity.id,
        "account": identity.account,
        **_own(identity, dns),
        "contact": contact,
        "registered": f"{moment(identity.created_at)}, generation {identity.generation}",
        "looks": attempts(standing),
        "next look": None if due is None or standing.parked else f"{moment(due)} ({until(due, now)})",
    }
    if identity.state is State.PENDING:
        facts["deadline"] = identity.deadline
    if standing.parked:
        facts["parked"] = (
            "Our own handling failed five times, and nothing more is tried: `signet doctor` says more."
        )
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for fact, value in facts.items():
        grid.add_row(fact, cell(value))
    return grid


def _own(identity: Identity, dns: str | None) -> dict[str, object]:
    """What only its kind has to say."""
    match identity:
        case Domain():
            return _domain(identity, dns)
        case OwnLogin():
            used, tried = identity.in_use, identity.tried
            server = (
                f"{tried.server.host.shown}:{tried.server.port} as {tried.username} ({tried.server.security})"
            )
            in_use = None if used is None else used.server.host.shown
            why_not = why_not_used(identity)
            return {"login": server, "in use": in_use, **({"why not": why_not} if why_not else {})}
        case SigningCertificate():
            return _certificate(identity)
        case Address():
            refused = identity.reason and message(identity.reason.code, identity.address)
            own = {"name": identity.display_name, "mail leaves": identity.next_mail_at, "refused": refused}
            return {fact: value for fact, value in own.items() if value is not None}
        case _:
            return {}


def _domain(identity: Domain, dns: str | None) -> dict[str, object]:
    """Its servers count only where its records do."""
    own: dict[str, object] = {"plan, route": f"{identity.plan}, {identity.route}"}
    if identity.route is Route.CLOUD:
        own["DNS"] = dns
    return own


def _certificate(identity: SigningCertificate) -> dict[str, object]:
    """What stands in the certificate that was accepted last, and why a newer upload is not used."""
    own: dict[str, object] = {}
    if identity.accepted is not None:
        facts = identity.accepted.facts
        own = {
            "certificate": facts.subject,
            "issued by": facts.issuer,
            "serial": facts.serial,
            "fingerprint": facts.fingerprint,
            "good": f"from {moment(facts.not_before)} until {moment(facts.not_after)}",
        }
    own["upload"] = f"{identity.tried} waits to be opened" if identity.waits else None
    own["refused"] = why_not_used(identity)
    return {fact: value for fact, value in own.items() if value is not None}


def _dns(findings: Sequence[Finding], providers: Sequence[Provider]) -> str | None:
    """Whose servers answer, as far as the last look could tell."""
    found = next((finding for finding in findings if finding.name_servers), None)
    if found is None:
        return None
    return ": ".join(filter(None, (run_by(found, providers), ", ".join(found.name_servers))))


def _looks(looks: Sequence[SeenLook]) -> Table:
    rows = [
        (
            one.first_at,
            one.last_at if one.times > 1 else "",
            one.times,
            worded(one.outcome),
            _codes(one.findings),
        )
        for one in looks
    ]
    return table(("First", "Last", "Times", "Outcome", "Diagnosis"), rows)


def _codes(findings: Sequence[Finding]) -> str:
    return "\n".join(dict.fromkeys(one.diagnosis.code for one in findings if one.diagnosis))


def _history(history: Sequence[Change]) -> Table:
    return table(("At", "State", "Event"), [(one.at, worded(one.state), one.event_id) for one in history])


def _inset(page: RenderableType) -> Padding:
    return Padding(page, (0, 0, 0, 2), expand=False)


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold dim")
