"""docs/check.md: what `signet check` says of two domains that exist only here. For scripts/generate.py.

Everything between the answers of DNS and the page is the real thing, so the page cannot get old.
"""

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

from rich.console import Console

from domain.advisories import further as further_advised
from domain.advisories import judge as judge_advised
from domain.advisories.advisory import Advisory
from domain.challenge import dkim_challenge
from domain.judges.sending_domain import Known, judge
from domain.names import DomainName
from domain.observation import (
    CLEAR,
    Answer,
    Asked,
    Delegation,
    NameServer,
    Observation,
    Question,
    Seen,
    Sight,
    Whom,
)
from domain.questions import Manner, further
from infra.lists.providers import providers
from signet.check_page import Looked, page
from signet.delegation_view import Surroundings

WIDTH: Final = 80
AT: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DOMAIN: Final = "example.com"
RESOLVER: Final = "192.0.2.53"
CHALLENGE: Final = dkim_challenge(
    DOMAIN, ("7f3kq2mzv5c4ahw6tyjx2nd3be", "k2w6ztq4pyv7m3xhcn5jd2fa6u"), "dkim.signet.example"
)
FIRST, SECOND = CHALLENGE.records
SERVERS: Final = (
    NameServer("ns.wedos.cz", "192.0.2.1"),
    NameServer("ns.wedos.eu", "192.0.2.2"),
    NameServer("ns.wedos.net", "192.0.2.3"),
)
ZONE: Final = Delegation(DOMAIN, SERVERS)
MAIL: Final = {Question(DOMAIN, "MX"): "10 mail.example.com", Question(DOMAIN, "A"): "192.0.2.80"}

Held = Mapping[Question, str]
Says = Callable[[str, Question], Answer]

TEXT: Final = """\
# signet check

Looks at the records of a domain now: without a database, and without an account anywhere. `FILE` is what
`signet records DOMAIN --format json` writes, or a list like [examples/records.json](../examples/records.json).

```
signet check example.com --records FILE
signet check example.com --records FILE --watch     # looks until everything is in place
signet check example.com --records FILE --json      # one document, for programs
```

It asks the domain's own name servers, every one of them, so it sees a record as soon as they have it; and where a
record is missing, it looks where people put it by mistake. It leaves with 0 when every record is in place, with 1 when
it saw clearly that something is missing or wrong, and with 2 when it could not tell.

## A record with the domain twice in its name

The DNS panel adds the domain to every name, and the owner typed it as well. One of the name servers is silent.

```
{doubled}
```

## Name servers that do not agree

The second record has been added, and one of the name servers does not have it yet.

```
{parted}
```
"""


def check_pages() -> str:
    """The document."""
    here = {Question(record.name, "CNAME"): record.value for record in CHALLENGE.records}
    first = {Question(FIRST.name, "CNAME"): FIRST.value, **MAIL}
    doubled = {**first, Question(f"{SECOND.name}.{DOMAIN}", "CNAME"): SECOND.value}
    lacking = {**first, Question(f"_dmarc.{DOMAIN}", "TXT"): "v=DMARC1; p=none"}
    behind = partial(_answer, {"192.0.2.2": lacking, RESOLVER: lacking}, {**lacking, **here})
    return TEXT.format(
        doubled=_drawn(partial(_answer, {"192.0.2.3": None}, doubled)),
        parted=_drawn(behind),
    )


def _answer(apart: Mapping[str, Held | None], usual: Held, address: str, question: Question) -> Answer:
    """What a server says: `apart` are those that hold something else than usual, or nothing at all but silence."""
    held = apart.get(address, usual)
    if held is None:
        return Answer(Seen.TIMEOUT)
    if question in held:
        return Answer(Seen.RECORDS, (held[question],), rcode="NOERROR", ttl=3600)
    exists = any(f".{name}".endswith(f".{question.name}") for name, _ in held)
    kind, rcode = (Seen.NODATA, "NOERROR") if exists else (Seen.NXDOMAIN, "NXDOMAIN")
    return Answer(kind, rcode=rcode, ttl=3600, zone=DOMAIN)


def _drawn(says: Says) -> str:
    observation = _observed(says)
    looked = Looked(
        name=DomainName(DOMAIN, DOMAIN),
        verdict=judge(CHALLENGE, observation, Known(at=AT)),
        observation=observation,
        around=Surroundings(domain=DOMAIN, suffix="com", resolvers=[RESOLVER], providers=providers()),
        at=AT,
        advisories=_advised(says),
    )
    paper = io.StringIO()
    Console(file=paper, width=WIDTH, highlight=False, markup=False, emoji=False, color_system=None).print(
        page(looked)
    )
    return "\n".join(line.rstrip() for line in paper.getvalue().splitlines())


def _observed(says: Says) -> Observation:
    seen: dict[Asked, Sight] = {}
    while wanted := further(CHALLENGE, seen, Manner(probe=True)):
        seen |= {asked: _sight(asked, says) for asked in wanted}
    return seen


def _sight(asked: Asked, says: Says) -> Sight:
    """What comes of a question: as the engine does it, with the servers in their order."""
    if asked.whom is Whom.RESOLVERS:
        return Sight((_said(NameServer("", RESOLVER), asked.question, says),))
    answers = [_said(server, asked.question, says) for server in SERVERS]
    if asked.whom is Whom.SOURCE:
        return Sight((next(answer for answer in answers if answer.seen in CLEAR),), ZONE)
    return Sight(tuple(answers), ZONE)


def _said(server: NameServer, question: Question, says: Says) -> Answer:
    said = says(server.address, question)
    return Answer(said.seen, said.values, server.address, said.rcode, server.name, said.ttl, said.zone)


def _advised(says: Says) -> tuple[Advisory, ...]:
    answers: dict[Question, Answer] = {}
    while wanted := further_advised(DOMAIN, answers):
        answers |= {question: _said(SERVERS[0], question, says) for question in wanted}
    return judge_advised(DOMAIN, answers)
