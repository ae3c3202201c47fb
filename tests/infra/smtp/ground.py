"""What logins are tried on: an authority that is trusted, parts of scripts, and a client with little patience."""

import base64
import ssl
from collections.abc import Collection
from typing import Final

from domain.dialogue import Dialogue
from domain.mail_server import Login, MailServer, Security, parse_host
from infra.dns.resolver import Resolver
from infra.egress import Egress, parse_network
from infra.smtp.deadline import Patience
from infra.smtp.login import Logins, Network
from tests.servers.certificates import ServerFiles
from tests.servers.villain import Gone, Script, Talk
from tests.servers.waiting import PATIENCE

HERE: Final = Egress((parse_network("127.0.0.0/8"),))
USER: Final = "info@example.org"
PASSWORD: Final = "žluť-CANARY,="
HELLO: Final = "client.signet.test"
# A deadline that is to be met takes little time, and one that is not must never be met by a machine that is busy.
SHORT: Final = Patience(total=3 * PATIENCE, stage=0.7 * PATIENCE, trial=0.2, farewell=0.2)
LONG: Final = Patience(total=60, stage=30, trial=30, farewell=0.3)

OFFER: Final = "AUTH PLAIN LOGIN"


def logins(
    ports: Collection[int],
    patience: Patience = LONG,
    *,
    resolver: Resolver | None = None,
    guard: object = HERE,
) -> Logins:
    """A client that reaches this machine alone, at these ports."""
    network = Network(
        resolvers=lambda: [resolver] if resolver else [],
        guard=guard,  # type: ignore[arg-type]
        ports=frozenset(ports),
        hello=HELLO,
        patience=patience,
    )
    return Logins(network)


def a_login(
    port: int,
    security: Security = Security.STARTTLS,
    *,
    host: str = "127.0.0.1",
    username: str = USER,
    password: str = PASSWORD,
) -> Login:
    """A login at a port of this machine."""
    parsed = parse_host(host)
    assert parsed is not None
    server = MailServer(host=parsed, port=port, security=security)
    return Login(server=server, username=username, password=password)


def look(
    port: int,
    security: Security = Security.STARTTLS,
    patience: Patience = LONG,
    sender: str | None = None,
    **login: str,
) -> Dialogue:
    """Log in there."""
    return logins({port}, patience).look(a_login(port, security, **login), sender)


def plain(username: str = USER, password: str = PASSWORD) -> str:
    """A login as PLAIN says it."""
    return base64.b64encode(f"\0{username}\0{password}".encode()).decode()


def greeted(talk: Talk, *offer: str, client: str = HELLO) -> None:
    """Greet, and answer EHLO with what is offered."""
    talk.say("220 villain.signet.test ESMTP")
    answered(talk, *offer, client=client)


def answered(talk: Talk, *offer: str, client: str = HELLO) -> None:
    """Answer EHLO with what is offered."""
    if talk.hear() != f"EHLO {client}":
        raise Gone  # the client tries the other way at this port
    lines = ["villain.signet.test", *offer]
    talk.say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")


def begun(talk: Talk, context: ssl.SSLContext) -> None:
    """Take STARTTLS, and begin."""
    assert talk.hear() == "STARTTLS"
    talk.say("220 go ahead")
    talk.start_tls(context)


def secured(files: ServerFiles, then: Script, *offer: str) -> Script:
    """The beginning that is right, by STARTTLS; and then a script."""
    context = files.context()

    def script(talk: Talk) -> None:
        greeted(talk, "STARTTLS")
        begun(talk, context)
        answered(talk, *(offer or (OFFER,)))
        then(talk)

    return script
