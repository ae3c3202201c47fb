"""`signet check`: looks at the records of a domain now, without a database or a broker.

Law: it looks and judges exactly as a worker does, with every probe for mistakes, and changes nothing.
"""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, Protocol

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from domain.challenge import Challenge
from domain.diagnosis import Code, advice, summary
from domain.judges.sending_domain import judge
from domain.names import DomainName, NameCode, Refusal, spell
from domain.observation import Observation
from domain.verdict import Finding, Outcome, Verdict
from signet.ending import Ended, Status, wrong
from signet.records_file import challenge_in
from signet.screen import present, print_json, screen, side, worded
from workers.bootstrap import Settings, dns_engine, resolver
from workers.resources import checked

STATUS: Final = {
    Outcome.PASSED: Status.DONE,
    Outcome.NOT_YET: Status.NOT_SO,
    Outcome.REFUSED: Status.NOT_SO,
    Outcome.INCONCLUSIVE: Status.UNSURE,
}
LAST_WORD: Final = {
    Outcome.PASSED: "Every record is in place.",
    Outcome.NOT_YET: "Next: put right what is said above, then look again; --watch looks until it passes.",
    Outcome.REFUSED: "Waiting will not change this.",
    Outcome.INCONCLUSIVE: "Next: look again in a few minutes, or ask another resolver with --resolver.",
}
FAST, SLOW = 5.0, 10.0  # seconds between the looks of --watch, in the first minute and after it
FAST_LOOKS: Final = 12


class Observer(Protocol):
    """What looks at DNS."""

    def start(self) -> None:
        """Before the first look."""

    def close(self) -> None:
        """After the last."""

    def observe(self, challenge: Challenge) -> Observation:
        """Look once, with every probe."""


def check(
    domain: Annotated[
        str, typer.Argument(help="The sending domain, such as example.com.", show_default=False)
    ],
    records: Annotated[
        Path,
        typer.Option(
            "--records",
            metavar="FILE",
            help="A JSON list of {type, name, value}; - reads the standard input.",
            show_default=False,
        ),
    ],
    resolvers: Annotated[
        list[str] | None,
        typer.Option(
            "--resolver",
            metavar="IP[:PORT]",
            help="Ask this resolver (may be repeated); else those of the settings, else the system's.",
        ),
    ] = None,
    authority_port: Annotated[
        int | None,
        typer.Option(
            "--authority-port",
            metavar="PORT",
            min=1,
            max=65_535,
            help="Ask the domain's own name servers at this port; else at that of the settings, which is 53.",
        ),
    ] = None,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Look again until the records pass.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Look at the records of a domain now. Leaves with 0 passed, 1 not yet, 2 could not tell."""
    name = _domain(domain)
    challenge = challenge_in(records, name.ascii)
    observer = _observer(resolvers or [], authority_port)
    observer.start()
    try:
        looks = _looks(observer, challenge)
        with side().status(f"Looking at {name.unicode} …"):
            verdict = next(looks)
        if watch:
            verdict = _watched(name, verdict, looks, hidden=as_json)
    finally:
        observer.close()
    if as_json:
        print_json(document(name, verdict))
    elif not watch:
        present(page(name, verdict))
    raise Ended(STATUS[verdict.outcome])


def document(name: DomainName, verdict: Verdict) -> dict[str, object]:
    """What `--json` prints (product contract, section 5)."""
    records = [checked(finding) for finding in verdict.findings]
    for record in records:
        del record["purpose"]  # FILE does not say it
    return {"domain": name.ascii, "outcome": verdict.outcome, "records": records, "advisories": []}


def page(name: DomainName, verdict: Verdict) -> Group:
    """What people read: each record with what stands there, what that means, and what to do."""
    title = Text.assemble((name.unicode, "bold"), "  ", worded(verdict.outcome))
    records = [_record(number, finding) for number, finding in enumerate(verdict.findings, start=1)]
    return Group(title, *records, Text(), Text(LAST_WORD[verdict.outcome]))


def _domain(text: str) -> DomainName:
    name = spell(text)
    if isinstance(name, DomainName) and "." not in name.ascii:
        name = Refusal(code=NameCode.SINGLE_LABEL, domain=name.unicode)
    if isinstance(name, Refusal):
        raise wrong(name.message)
    return name


def _observer(named: Sequence[str], authority_port: int | None) -> Observer:
    """What asks the resolvers that were named, else those of the settings, else the system's."""
    chosen = {} if authority_port is None else {"authority_port": authority_port}
    try:
        settings = Settings.load(os.environ).model_copy(update=chosen)
        return dns_engine(settings, [resolver(text) for text in named])
    except ValueError as error:  # a wrong setting, a text that names no resolver, a system that has none
        raise wrong(str(error)) from None


def _looks(observer: Observer, challenge: Challenge) -> Iterator[Verdict]:
    """One look after the other, with rests between them."""
    number = 0
    while True:
        yield judge(challenge, observer.observe(challenge))
        number += 1
        time.sleep(FAST if number < FAST_LOOKS else SLOW)


def _watched(name: DomainName, verdict: Verdict, looks: Iterator[Verdict], *, hidden: bool) -> Verdict:
    """Show the verdict, and every later one in its place, until one has passed; that one."""
    console = side() if hidden else screen()
    with Live(page(name, verdict), console=console, auto_refresh=False, transient=hidden) as live:
        live.refresh()
        while verdict.outcome is not Outcome.PASSED:
            verdict = next(looks)
            live.update(page(name, verdict), refresh=True)
    return verdict


def _record(number: int, finding: Finding) -> Table:
    rows: list[tuple[str, object]] = [
        ("", ""),
        (f"Record {number}", f"{finding.record.type} {finding.record.name}"),
        ("should be", finding.record.value),
        _place(finding),
        ("status", worded(finding.status)),
    ]
    if finding.diagnosis:
        rows.append(("diagnosis", f"{summary(finding.diagnosis)} ({finding.diagnosis.code})"))
        rows.append(("next step", advice(finding.diagnosis)))
    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(style="dim", no_wrap=True)
    drawn.add_column(overflow="fold")
    for field, value in rows:
        drawn.add_row(field, _whole(value))
    return drawn


def _place(finding: Finding) -> tuple[str, str]:
    """What stands there; a record with its name doubled was found elsewhere."""
    if finding.diagnosis and finding.diagnosis.code is Code.NAME_DOUBLED:
        return ("found at", "\n".join(finding.seen))
    return ("is", "\n".join(finding.seen) or _nothing(finding))


def _nothing(finding: Finding) -> str:
    said = ", ".join(f"{said.address} said {said.rcode}" for said in finding.servers if said.rcode)
    return f"- ({said})" if said else "-"


def _whole(value: object) -> Text:
    """A sentence of ours is shown whole; what is in it was made safe before."""
    return value if isinstance(value, Text) else Text(str(value))
