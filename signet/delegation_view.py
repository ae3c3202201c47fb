"""The delegation of a domain as a small tree: under whom it is registered, its zone, and who of its servers answers.

Law: only what was asked and answered is drawn; what was not asked is said to be so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from domain.diagnosis import Code, shown
from domain.observation import CLEAR, Asked, Delegation, NameServer, Observation, Seen, Sight
from domain.provider import Provider
from domain.questions import question_of
from domain.verdict import Finding, ServerAnswer
from signet.record_view import answer_of, run_by, seen_of

NOT_ASKED: Final = "was not asked"
STATES: Final[Mapping[Seen, str]] = {
    Seen.REFERRAL: "does not answer for this domain",
    Seen.LAME: "does not answer for this domain",
    Seen.REFUSED: "does not answer for this domain",
    Seen.SERVFAIL: "answers with an error",
    Seen.BOGUS: "signature does not fit",
    Seen.TIMEOUT: "does not answer",
    Seen.MALFORMED: "sends what cannot be read",
    Seen.UNREACHABLE: "has no address that we can reach",
}
NO_ZONE: Final[Mapping[Code, str]] = {
    Code.DOMAIN_NOT_FOUND: "is not registered there",
    Code.NOT_DELEGATED: "has no name servers listed there",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known around a domain: the public suffix that it is under, our resolvers, whose panels we know."""

    domain: str
    suffix: str
    resolvers: Sequence[str]
    providers: Sequence[Provider] = ()


def delegation_view(around: Surroundings, observation: Observation, findings: Sequence[Finding]) -> Group:
    """The tree of each zone that the records lie in: most often there is one."""
    parts: list[RenderableType] = [Text(), Text(f"Who answers for {around.domain}", style="bold")]
    zones: dict[str, list[Finding]] = {}
    for finding in findings:
        sight = observation.get(Asked(question_of(finding.record)))
        zone = sight.delegation.zone if sight and sight.delegation else ""
        zones.setdefault(zone, []).append(finding)
    for about in zones.values():
        sight = observation.get(Asked(question_of(about[0].record)))
        parts.append(Padding(_tree(around, sight, about), (0, 0, 0, 2), expand=False))
    if any(zones):
        parts.append(Padding(Text(_through(around.resolvers), style="dim"), (0, 0, 0, 2), expand=False))
    return Group(*parts)


def _tree(around: Surroundings, sight: Sight | None, findings: Sequence[Finding]) -> RenderableType:
    delegation = sight.delegation if sight else None
    if delegation is None:
        return _without_servers(around, findings)
    if delegation.is_registry:
        tree = Tree(_registry(delegation.zone), guide_style="dim")
        tree.add(Text(f"{around.domain} {_missing(findings)}"))
        return tree
    tree = Tree(_registry(around.suffix), guide_style="dim")
    zone = tree.add(_zone(around, delegation, findings[0]))
    for line in _servers(delegation, findings):
        zone.add(line)
    return tree


def _without_servers(around: Surroundings, findings: Sequence[Finding]) -> Group:
    """Who could not tell whose servers answer, where that could not be found."""
    if _missing(findings) == NO_ZONE[Code.DOMAIN_NOT_FOUND]:
        return Group(Text(f"There is no domain {around.domain}."))
    lines = [Text(f"The name servers of {around.domain} could not be found.")]
    said = {answer.address: answer for finding in findings for answer in finding.servers if not answer.server}
    lines += [
        Text(f"The resolver {address} was asked: {answer_of(answer)}.") for address, answer in said.items()
    ]
    return Group(*lines)


def _missing(findings: Sequence[Finding]) -> str:
    codes = [finding.diagnosis.code for finding in findings if finding.diagnosis]
    return next((NO_ZONE[code] for code in codes if code in NO_ZONE), "could not be found there")


def _registry(suffix: str) -> Text:
    return Text.assemble(suffix or ".", ("  (the registry)", "dim"))


def _zone(around: Surroundings, delegation: Delegation, finding: Finding) -> Text:
    runs = run_by(finding, around.providers)
    remarks = [f"DNS is {runs}" if runs else ""]
    if delegation.zone != around.domain and around.domain.endswith(f".{delegation.zone}"):
        remarks.append(f"{around.domain} is a part of it")
    told = "; ".join(filter(None, remarks))
    return Text.assemble((delegation.zone, "bold"), (f"  ({told})" if told else "", "dim"))


def _servers(delegation: Delegation, findings: Sequence[Finding]) -> Iterator[Text]:
    """Every address of the zone's servers, and whether it answers; in columns."""
    names = max(len(shown(server.name)) for server in delegation.servers)
    addresses = max(len(server.address) for server in delegation.servers)
    for server in delegation.servers:
        state = _state([said for finding in findings for said in finding.servers if _is_of(said, server)])
        style = "green" if state == "answers" else "dim" if state == NOT_ASKED else "yellow"
        place = f"{shown(server.name):{names}}  {server.address or '-':{addresses}}  "
        yield Text.assemble(place, (state, style))


def _state(said: Sequence[ServerAnswer]) -> str:
    """How a server behaves, by all that it said."""
    unclear = [STATES[seen] for one in said if (seen := seen_of(one)) not in CLEAR]
    if not said:
        return NOT_ASKED
    if not unclear:
        return "answers"
    return unclear[0] if len(unclear) == len(said) else f"answers, but not always ({unclear[0]})"


def _is_of(said: ServerAnswer, server: NameServer) -> bool:
    """Whether a server said it at this address; `IP:port` is that address too."""
    host = said.address.removeprefix("[").partition("]")[0] if "[" in said.address else said.address
    if host.count(":") == 1:
        host = host.partition(":")[0]
    return said.server == shown(server.name) and host == server.address


def _through(resolvers: Sequence[str]) -> str:
    kind = "resolver" if len(resolvers) == 1 else "resolvers"
    return f"The name servers were found through the {kind} {' and '.join(resolvers)}."
