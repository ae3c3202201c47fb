"""How one record is shown to a person: what should stand there, what does, who says so, and what to do.

Law: sentences are for everybody; what only those who run name servers understand stands in a table.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from domain.challenge import ExpectedRecord
from domain.diagnosis import Code, advice, shown, summary
from domain.observation import CLEAR, Seen
from domain.provider import Provider, guidance, recognise
from domain.verdict import Finding, ServerAnswer, Status
from signet.screen import COLOURS, table

STANDS: Final[Mapping[Status, str]] = {
    Status.OK: "in place",
    Status.MISSING: "missing",
    Status.WRONG: "not right",
    Status.UNKNOWN: "could not be seen",
}
WORDS: Final[Mapping[Seen, str]] = {
    Seen.NODATA: "no such record",
    Seen.NXDOMAIN: "no such name",
    Seen.REFERRAL: "refers to other name servers",
    Seen.LAME: "does not answer for this domain",
    Seen.SERVFAIL: "error",
    Seen.REFUSED: "refuses to answer",
    Seen.BOGUS: "signature does not fit",
    Seen.TIMEOUT: "no answer",
    Seen.MALFORMED: "cannot be read",
    Seen.UNREACHABLE: "cannot be reached",
}
# What was stored before `seen` was kept.
BY_RCODE: Final = {
    "": Seen.TIMEOUT,
    "NOERROR": Seen.NODATA,
    "NXDOMAIN": Seen.NXDOMAIN,
    "REFUSED": Seen.REFUSED,
}
RESOLVER: Final = "(resolver)"
BOTH: Final = 2
FOUND_AT: Final = frozenset({Code.NAME_DOUBLED, Code.LABEL_MISSING, Code.UNDERSCORE_LOST, Code.WRONG_ZONE})


def record_view(number: int, finding: Finding, providers: Sequence[Provider]) -> Group:
    """One record, whole."""
    title = Text.assemble(
        (f"Record {number} ({finding.record.type})", "bold"),
        ": ",
        (STANDS[finding.status], COLOURS[finding.status]),
    )
    rows = [*_facts(finding), *_steps(finding, providers)]
    parts: list[RenderableType] = [Text(), title, _inset(_fields(rows))]
    if finding.servers:
        parts += [Text(), _inset(_side_by_side(finding))]
    return Group(*parts)


def not_seen_yet(number: int, record: ExpectedRecord) -> Group:
    """A record that nobody has looked at."""
    title = Text.assemble((f"Record {number} ({record.type})", "bold"), ": ", ("not looked at yet", "dim"))
    return Group(Text(), title, _inset(_fields([("Name", record.name), ("Should be", record.value)])))


def answer_of(said: ServerAnswer) -> str:
    """What one server said, in plain words: the values, or why there are none."""
    seen = seen_of(said)
    if seen is Seen.RECORDS:
        return "\n".join(map(shown, said.answer))
    return WORDS[seen]


def seen_of(said: ServerAnswer) -> Seen:
    """How one server answered."""
    if said.seen is not None:
        return said.seen
    return Seen.RECORDS if said.answer else BY_RCODE.get(said.rcode, Seen.SERVFAIL)


def run_by(finding: Finding, providers: Sequence[Provider]) -> str:
    """Who runs the DNS of the zone that a record lies in; empty where that is not known."""
    provider = recognise(finding.name_servers, providers)
    return f"run by {provider.name}" if provider else ""


def _fields(rows: Iterable[tuple[str, str]]) -> Table:
    """Labels, and what they stand for beside them."""
    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(style="dim", no_wrap=True)
    drawn.add_column(overflow="fold")
    for label, value in rows:
        drawn.add_row(label, Text(value))
    return drawn


def _facts(finding: Finding) -> Iterator[tuple[str, str]]:
    """What should stand there, and what does."""
    yield "Name", finding.record.name
    yield "Should be", finding.record.value
    if finding.status is not Status.OK:
        yield _place(finding)


def _place(finding: Finding) -> tuple[str, str]:
    """What stands there; a record with another name than it should have was found elsewhere."""
    code = finding.diagnosis.code if finding.diagnosis else None
    if code is Code.PARTIAL:
        return ("Is", "not the same at all name servers, see below")
    seen = "\n".join(map(shown, finding.seen))
    if code in FOUND_AT:
        return ("Found at", seen)
    return (
        "Is",
        seen or ("nothing that we could see" if finding.status is Status.UNKNOWN else "nothing yet"),
    )


def _steps(finding: Finding, providers: Sequence[Provider]) -> Iterator[tuple[str, str]]:
    """What the diagnosis says, what to do, and how that is done at the provider."""
    diagnosis, guide = finding.diagnosis, guidance(finding, providers)
    if diagnosis is None:
        return
    label = "Note" if finding.status is Status.OK else "Why"
    yield "", ""
    yield label, f"{summary(diagnosis)} ({diagnosis.code})"
    sentences = [*(() if guide.instead else (advice(diagnosis),)), *guide.english]
    yield from zip_longest(("What to do",), sentences, fillvalue="")


def _side_by_side(finding: Finding) -> RenderableType:
    """Each server's answer; one line where all that say something clear say the same."""
    clear = [said for said in finding.servers if seen_of(said) in CLEAR]
    blind = [said for said in finding.servers if seen_of(said) not in CLEAR]
    agreeing = clear or blind
    others = blind if clear else []
    at_two_minds = {said.server for said in clear} & {said.server for said in others}
    if len(set(map(answer_of, agreeing))) == 1 and not at_two_minds:
        return Text(" ".join([_in_one_line(agreeing, others), *map(_alone, others)]), style="dim")
    order = {name: place for place, name in enumerate(finding.name_servers)}
    rows = sorted(finding.servers, key=lambda said: order.get(said.server, len(order)))
    cells = [(said.server or RESOLVER, said.address or "-", answer_of(said)) for said in rows]
    return table(("Name server", "Address", "Answer"), cells, ruled=True)


def _in_one_line(servers: Sequence[ServerAnswer], others: Sequence[ServerAnswer]) -> str:
    """What all of these say, who say the same; `others` are those of whom something else is to be said."""
    names = {said.server for said in servers if said.server}
    resolvers = [said.address for said in servers if not said.server]
    total = len(names | {said.server for said in others if said.server})
    who = [_counted(names, total)] if names else []
    if resolvers:
        who.append(f"the resolver {resolvers[0]}" if len(resolvers) == 1 else f"{len(resolvers)} resolvers")
    told = " and ".join(who)
    told = told[0].upper() + told[1:] if not names else told
    if seen_of(servers[0]) is not Seen.RECORDS:
        return f"{told}: {answer_of(servers[0])}."
    return f"{told} {'says' if len(names) + len(resolvers) == 1 else 'say'} so."


def _counted(names: Collection[str], total: int) -> str:
    """How many of the name servers these are."""
    if len(names) == 1:
        return next(iter(names))
    if len(names) < total:
        return f"{len(names)} of {total} name servers"
    return "Both name servers" if total == BOTH else f"All {total} name servers"


def _alone(said: ServerAnswer) -> str:
    """What one says whom the others do not agree with."""
    who = said.server or f"The resolver {said.address}"
    return f"{who}: {answer_of(said)}."


def _inset(page: RenderableType) -> Padding:
    return Padding(page, (0, 0, 0, 2), expand=False)
