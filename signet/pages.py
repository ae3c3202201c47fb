"""How one identity is shown to a person: what it is, what stands in DNS, what to do, and how it came to this."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from domain.diagnosis import advice, shown, summary
from domain.names import DomainName, spell
from domain.standing import Change, SeenLook, Standing
from domain.verdict import Finding
from signet.screen import cell, moment, table, until, worded
from workers.resources import attempts


def identity_page(
    standing: Standing, looks: Sequence[SeenLook], history: Sequence[Change], *, now: datetime
) -> Group:
    """Everything about one identity."""
    identity = standing.identity
    name = spell(identity.subject)
    title = Text(name.unicode if isinstance(name, DomainName) else identity.subject, style="bold")
    title.append("  ").append_text(worded(identity.state))
    parts: list[RenderableType] = [title, _inset(_facts(standing, now))]
    findings = looks[0].findings if looks else identity.findings
    seen = {finding.record.name: finding for finding in findings}
    for record in identity.challenge.records:
        known = seen.get(record.name)
        parts.append(Text.assemble((f"{record.type} ", "dim"), record.name, ("  ->  ", "dim"), record.value))
        parts.append(_inset(_finding(known) if known else Text("not looked at yet", "dim")))
    if looks:
        parts += [_heading("Looks, the newest first"), _inset(_looks(looks))]
    parts += [_heading("History"), _inset(_history(history))]
    return Group(*parts)


def _facts(standing: Standing, now: datetime) -> Table:
    identity = standing.identity
    contact = f"{identity.contact.email} ({identity.contact.locale})" if identity.contact else None
    due = standing.due_at
    facts = {
        "id": identity.id,
        "account": identity.account,
        "plan, route": f"{identity.plan}, {identity.route}",
        "contact": contact,
        "registered": f"{moment(identity.created_at)}, generation {identity.generation}",
        "deadline": identity.deadline,
        "looks": attempts(standing),
        "next look": None if due is None else f"{moment(due)} ({until(due, now)})",
    }
    if standing.parked:
        facts["parked"] = "Our own handling failed five times: `signet doctor` says more."
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for fact, value in facts.items():
        grid.add_row(fact, cell(value))
    return grid


def _finding(finding: Finding) -> Group:
    lines: list[RenderableType] = [worded(finding.status)]
    if finding.seen:
        lines[0] = Text.assemble(
            worded(finding.status), ("  seen: ", "dim"), ", ".join(map(shown, finding.seen))
        )
    if finding.diagnosis is not None:
        lines.append(Text(f"{summary(finding.diagnosis)} ({finding.diagnosis.code})"))
        lines.append(Text(advice(finding.diagnosis)))
    for said in finding.servers:
        answer = ", ".join(map(shown, said.answer)) or said.rcode or "no answer"
        lines.append(Text(f"{said.server or said.address} said: {answer}", style="dim"))
    return Group(*lines)


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
    return Padding(page, (0, 0, 1, 2), expand=False)


def _heading(text: str) -> Text:
    return Text(text, style="bold dim")
