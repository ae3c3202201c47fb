"""`signet check`: looks at the records of a domain now, without a database or a broker.

Law: it looks and judges exactly as a worker does, with every probe for mistakes, and changes nothing.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Protocol

import typer
from rich.console import Group
from rich.text import Text

from domain.challenge import Challenge
from domain.judges.sending_domain import Known, judge
from domain.names import DomainName, NameCode, Refusal, spell
from domain.observation import Observation
from domain.verdict import Outcome
from signet.check_page import Looked, page
from signet.delegation_view import Surroundings
from signet.ending import Ended, Status, wrong
from signet.records_file import challenge_in
from signet.screen import present, print_json, side
from workers.advising import Consultant, advisories, is_there
from workers.bootstrap import PublicSuffixes, Settings, dns_engine, providers, resolver
from workers.resources import advised, checked

STATUS: Final = {
    Outcome.PASSED: Status.DONE,
    Outcome.NOT_YET: Status.NOT_SO,
    Outcome.REFUSED: Status.NOT_SO,
    Outcome.INCONCLUSIVE: Status.UNSURE,
}
FAST, SLOW = 5.0, 10.0  # seconds between the looks of --watch, in the first minute and after it
FAST_LOOKS: Final = 12


class Observer(Consultant, Protocol):
    """What looks at DNS."""

    @property
    def resolvers(self) -> Sequence[str]:
        """Through whom it looks."""

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
    """Look at the records of a domain now, and say what to do. Leaves with 0 passed, 1 not yet, 2 could not tell."""
    name = _domain(domain)
    challenge = challenge_in(records, name.ascii)
    observer = _observer(resolvers or [], authority_port)
    observer.start()
    try:
        with side().status(f"Looking at {name.unicode} …"):
            looked = replace(_advised(_look(name, challenge, observer), observer), is_watched=watch)
        if not as_json:
            present(page(looked))
        if watch:
            looked = _watched(looked, challenge, observer, hidden=as_json)
    finally:
        observer.close()
    if as_json:
        print_json(document(looked))
    raise Ended(STATUS[looked.verdict.outcome])


def document(looked: Looked) -> dict[str, object]:
    """What `--json` prints (product contract, section 5)."""
    records = [checked(finding, looked.around.providers) for finding in looked.verdict.findings]
    for record in records:
        del record["purpose"]  # FILE does not say it
    return {
        "domain": looked.name.ascii,
        "outcome": looked.verdict.outcome,
        "records": records,
        "advisories": [advised(advisory) for advisory in looked.advisories],
    }


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


def _look(name: DomainName, challenge: Challenge, observer: Observer) -> Looked:
    """Observe and judge, once."""
    observation = observer.observe(challenge)
    at = datetime.fromtimestamp(time.time(), UTC)  # no database here whose clock could be asked
    around = Surroundings(
        domain=name.ascii,
        suffix=PublicSuffixes().public_suffix(name.ascii),
        resolvers=observer.resolvers,
        providers=providers(),
    )
    verdict = judge(challenge, observation, Known(at=at))
    return Looked(name=name, verdict=verdict, observation=observation, around=around, at=at)


def _advised(looked: Looked, observer: Observer) -> Looked:
    """The same, with what the owner might want to know beside it."""
    if not is_there(looked.verdict):
        return looked
    return replace(looked, advisories=advisories(looked.name.ascii, observer))


def _watched(looked: Looked, challenge: Challenge, observer: Observer, *, hidden: bool) -> Looked:
    """Look again until the records pass, and show every look that brings news; the last one."""
    number = 1
    while looked.verdict.outcome is not Outcome.PASSED:
        with side().status(f"Looks so far: {number}, the last at {looked.at:%H:%M:%S} UTC. Ctrl-C ends it."):
            time.sleep(FAST if number < FAST_LOOKS else SLOW)
            latest = replace(_look(looked.name, challenge, observer), is_watched=True)
            is_news = latest.gist != looked.gist
            looked = _advised(latest, observer) if is_news else replace(latest, advisories=looked.advisories)
        number += 1
        if is_news and not hidden:
            present(
                Group(Text(f"\nLook {number}, at {looked.at:%H:%M:%S} UTC", style="bold dim"), page(looked))
            )
    return looked
