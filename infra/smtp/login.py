"""The login check: resolve, guard, connect, TLS, EHLO, AUTH, MAIL FROM, RSET, QUIT. No mail is ever sent.

Law: what is dialled is an address that was checked, at a port that is allowed. What the server said goes into our
log, made safe, and nowhere else.
"""

import ssl
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import structlog

from domain.dialogue import Dialogue, Ending, Stage
from domain.mail_server import Login, Security, Way, usual_way
from infra.smtp.auth import log_in
from infra.smtp.deadline import Deadline, Patience
from infra.smtp.ended import Ended
from infra.smtp.interrupts import Interrupts
from infra.smtp.line import Secured
from infra.smtp.remote_text import secrets_of
from infra.smtp.resolve import Guard, Resolvers, find
from infra.smtp.visit import OK, Aim, Terms, Visit

log = structlog.get_logger()

# The order in which ports are tried, before any others: submission by STARTTLS, by TLS, and what some providers add.
LIKELY: Final = (587, 465, 2525, 25)
# Where another way may do better: nothing was asked of the server yet but to talk by TLS.
EARLY: Final = frozenset({Stage.CONNECT, Stage.TLS, Stage.EHLO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What logins are made over. `hello` is how we name ourselves (RFC 5321, section 4.1.1.1).

    `authorities`: a file of CA certificates that are trusted besides the system's.
    """

    resolvers: Resolvers
    guard: Guard
    ports: Collection[int]
    hello: str
    authorities: Path | None = None
    patience: Patience = field(default_factory=Patience)


class Logins:
    """Logs in to mail servers, for any number of threads."""

    def __init__(self, network: Network) -> None:
        """Nothing is opened before the first look."""
        self._network = network
        self._interrupts = Interrupts()

    def look(self, login: Login, sender: str | None = None) -> Dialogue:
        """Log in, and ask whether mail from `sender` (ASCII) is taken; raises Interrupted."""
        self._interrupts.check()
        seen = self._look(login, sender)
        self._interrupts.check()
        _write_down(login, seen)
        return seen

    def drop(self) -> None:
        """End every dialogue that is under way, and begin no other."""
        self._interrupts.drop()

    @cached_property
    def _terms(self) -> Terms:
        """Certificates are verified as on this machine (SSL_CERT_FILE), by TLS 1.2 or newer (RFC 8996)."""
        context = ssl.create_default_context()
        context.sslsocket_class = Secured
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._network.authorities is not None:
            context.load_verify_locations(self._network.authorities)
        return Terms(hello=self._network.hello.encode(), context=context, interrupts=self._interrupts)

    def _look(self, login: Login, sender: str | None) -> Dialogue:
        network, server = self._network, login.server
        if server.port not in network.ports:
            return Dialogue(stage=Stage.GUARD, ending=Ending.BLOCKED_PORT)
        deadline = Deadline(network.patience.total)
        deadline.begin_stage(network.patience.stage)
        addresses = find(server.host, network.resolvers, network.guard, deadline)
        if isinstance(addresses, Dialogue):
            return addresses
        aim = Aim(
            host=server.host,
            addresses=addresses,
            way=server.way,
            stage_seconds=network.patience.stage,
            secrets=secrets_of(login.username, login.password),
        )
        seen = self._visit(aim, login, sender, deadline)
        if seen.stage in EARLY or seen.ending is Ending.NO_AUTH:
            return replace(seen, works=self._other_way(aim, deadline))
        return seen

    def _visit(self, aim: Aim, login: Login, sender: str | None, deadline: Deadline) -> Dialogue:
        with Visit(aim, self._terms, deadline) as visit:
            try:
                offered = visit.arrive()
                visit.begin(Stage.AUTH)
                log_in(visit.line, offered.get("AUTH"), login)
                if sender is not None:
                    self._ask_sender(visit, sender)
            except Ended as ended:
                if ended.reply is not None:
                    visit.leave(self._network.patience.farewell)
                return Dialogue(
                    stage=visit.stage,
                    ending=ended.ending,
                    reply=ended.reply,
                    certificate=ended.certificate,
                )
            visit.leave(self._network.patience.farewell)
            return Dialogue(stage=visit.stage, ending=Ending.DONE)

    def _ask_sender(self, visit: Visit, sender: str) -> None:
        visit.begin(Stage.MAIL_FROM)
        said = visit.line.ask(b"MAIL FROM:<" + sender.encode("ascii") + b">")
        if said.code != OK:
            raise Ended(Ending.REPLY, reply=visit.line.reply(said))

    def _other_way(self, aim: Aim, deadline: Deadline) -> Way | None:
        """Another way that comes to an offer of AUTH by TLS, while there is time."""
        for way in other_ways(aim.way, self._network.ports):
            if deadline.is_over:
                return None
            tried = replace(aim, way=way, stage_seconds=self._network.patience.trial)
            with Visit(tried, self._terms, deadline) as visit:
                try:
                    offered = visit.arrive()
                except Ended:
                    continue
                visit.leave(self._network.patience.farewell)
                if "AUTH" in offered:
                    return way
        return None


def other_ways(way: Way, ports: Collection[int]) -> list[Way]:
    """What else a server may answer to: each allowed port as it is meant, and the same port the other way."""
    turned = Way(way.port, Security.STARTTLS if way.security is Security.TLS else Security.TLS)
    usual = [usual_way(port) for port in (*LIKELY, *sorted(ports)) if port in ports]
    return [one for one in dict.fromkeys((turned, *usual)) if one != way]


def _write_down(login: Login, seen: Dialogue) -> None:
    reply = seen.reply
    log.info(
        "login.looked",
        host=login.server.host.name,
        port=login.server.port,
        stage=seen.stage.value,
        ending=seen.ending.value,
        reply=reply.code if reply else None,
        said=reply.text if reply else None,
        works=f"{seen.works.port} {seen.works.security.value}" if seen.works else None,
    )
