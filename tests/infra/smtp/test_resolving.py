"""Where a server is: looked up once, every address past the guard, and the checked one dialled."""

import socket
from collections.abc import Sequence

import dns.message
import pytest

from domain.dialogue import Dialogue, Ending, Stage
from infra.dns.resolver import NoResolver, Resolver
from infra.egress import Egress
from infra.smtp.login import Logins, Network
from infra.smtp.visit import is_peer
from tests.infra.dns.liar import Liar, Say, liar, reply
from tests.infra.smtp.ground import HERE, LONG, SHORT, a_login, logins, secured
from tests.servers.certificates import ServerFiles
from tests.servers.villain import HOST, Talk, Villain, villain

NAME = "mail.signet.example"


def saying(*records: str, rcode: int = 0) -> Say:
    """A server that has these records, `type data` each."""

    def say(query: dns.message.Message) -> Sequence[bytes]:
        wanted = query.question[0].rdtype.name
        found = [f"{NAME}. 60 {one}" for one in records if one.split()[0] in {wanted, "CNAME"}]
        return [reply(query, *found, rcode=rcode)]

    return say


def refusing(files: ServerFiles) -> object:
    """A server that comes to a login, and refuses it."""

    def then(talk: Talk) -> None:
        talk.hear()
        talk.say("535 5.7.8 no")
        talk.hear_to_the_end()

    return secured(files, then)


def seen_through(say: Say, files: ServerFiles, guard: object = HERE) -> tuple[Dialogue, Liar, Villain]:
    """A dialogue with a host that DNS says this of; whom it asked, and what came to the server."""
    with villain(refusing(files)) as server, liar(say) as resolver:  # type: ignore[arg-type]
        client = logins({server.port}, LONG, resolver=resolver.resolver, guard=guard)
        seen = client.look(a_login(server.port, host=NAME))
    return seen, resolver, server


def test_a_name_is_looked_up_once_and_what_was_checked_is_dialled(files: ServerFiles) -> None:
    """Whoever answers differently the next time is not asked again (DNS rebinding)."""
    times = {"A": 0, "AAAA": 0}

    def say(query: dns.message.Message) -> Sequence[bytes]:
        wanted = query.question[0].rdtype.name
        times[wanted] += 1
        if wanted == "AAAA":
            return [reply(query)]
        return [reply(query, f"{NAME}. 0 A {HOST if times['A'] == 1 else '10.0.0.1'}")]

    seen, resolver, server = seen_through(say, files)

    assert seen.stage is Stage.AUTH
    assert resolver.heard == [f"{NAME} A", f"{NAME} AAAA"]
    assert len(server.talks) == 1


def test_other_ways_are_tried_at_the_same_addresses(files: ServerFiles) -> None:
    """The search for a setting that works looks nothing up either."""
    with liar(saying(f"A {HOST}")) as resolver, socket.create_server((HOST, 0)) as nobody:
        port = nobody.getsockname()[1]
        nobody.close()
        seen = logins({port}, LONG, resolver=resolver.resolver).look(a_login(port, host=NAME))

    assert seen.ending is Ending.UNREACHABLE
    assert resolver.heard == [f"{NAME} A", f"{NAME} AAAA"]


@pytest.mark.parametrize(
    "records",
    [
        (f"A {HOST}", "A 10.0.0.1"),
        (f"A {HOST}", "A 169.254.169.254"),
        (f"A {HOST}", "AAAA fd00:ec2::254"),
        (f"A {HOST}", "AAAA ::ffff:127.0.0.1"),
        (f"A {HOST}", "AAAA 64:ff9b::7f00:1"),
        ("A 168.63.129.16",),
    ],
)
def test_one_blocked_address_blocks_the_host(records: tuple[str, ...], files: ServerFiles) -> None:
    """None of the others is dialled: the server on this machine, which may be, sees nothing."""
    seen, _, server = seen_through(saying(*records), files)

    assert seen == Dialogue(stage=Stage.GUARD, ending=Ending.BLOCKED_ADDRESS)
    assert server.talks == []


@pytest.mark.parametrize("literal", [HOST, "::1", "::ffff:127.0.0.1", "10.9.9.9", "192.0.2.1", "fe80::1"])
def test_a_literal_is_guarded_too(literal: str, files: ServerFiles) -> None:
    """Nothing was looked up, and nothing is dialled."""
    with villain(refusing(files)) as server:  # type: ignore[arg-type]
        seen = logins({server.port}, guard=Egress()).look(a_login(server.port, host=literal))

    assert seen == Dialogue(stage=Stage.GUARD, ending=Ending.BLOCKED_ADDRESS)
    assert server.talks == []


@pytest.mark.parametrize("port", [22, 25, 5672, 65535])
def test_a_port_that_is_not_allowed_is_not_dialled(port: int, files: ServerFiles) -> None:
    """Nor is anything looked up."""
    with liar(saying(f"A {HOST}")) as resolver:
        seen = logins({465, 587}, resolver=resolver.resolver).look(a_login(port, host=NAME))

    assert seen == Dialogue(stage=Stage.GUARD, ending=Ending.BLOCKED_PORT)
    assert resolver.heard == []


def test_a_port_that_is_not_allowed_sees_nothing(files: ServerFiles) -> None:
    """Somebody listens there, and does not notice."""
    with villain(refusing(files)) as server:  # type: ignore[arg-type]
        logins({465, 587}).look(a_login(server.port))

    assert server.talks == []


@pytest.mark.parametrize(
    ("say", "ending"),
    [
        (saying(rcode=3), Ending.NO_NAME),
        (saying(), Ending.NO_ADDRESS),
        (saying("CNAME elsewhere.signet.example."), Ending.NO_ADDRESS),
        (saying(rcode=2), Ending.UNSEEN),
        (saying(rcode=5), Ending.UNSEEN),
    ],
)
def test_what_dns_says_is_told_apart(say: Say, ending: Ending, files: ServerFiles) -> None:
    """Absence is its owner's to put right; an error is nobody's yet."""
    seen, _, server = seen_through(say, files)

    assert seen == Dialogue(stage=Stage.RESOLVE, ending=ending)
    assert server.talks == []


@pytest.mark.timeout(60)
def test_a_resolver_that_is_silent_is_our_trouble() -> None:
    """Within the time of a stage."""
    with liar(lambda _: []) as resolver:
        seen = logins({587}, SHORT, resolver=resolver.resolver).look(a_login(587, host=NAME))

    assert seen == Dialogue(stage=Stage.RESOLVE, ending=Ending.UNSEEN)


def test_a_machine_without_a_resolver_sees_nothing() -> None:
    """Its operator is told by `signet doctor`; the owner is not blamed."""

    def none() -> Sequence[Resolver]:
        raise NoResolver("none")

    client = Logins(Network(resolvers=none, guard=HERE, ports={587}, hello="signet.test"))

    assert client.look(a_login(587, host=NAME)) == Dialogue(stage=Stage.RESOLVE, ending=Ending.UNSEEN)


@pytest.mark.parametrize("rcode", [2, 3])
def test_a_server_that_stumbles_over_ipv6_is_reached_by_ipv4(rcode: int, files: ServerFiles) -> None:
    """Such there are; what is dialled was checked all the same."""

    def say(query: dns.message.Message) -> Sequence[bytes]:
        if query.question[0].rdtype.name == "AAAA":
            return [reply(query, rcode=rcode)]
        return [reply(query, f"{NAME}. 60 A {HOST}")]

    seen, _, _ = seen_through(say, files)

    assert seen.stage is Stage.AUTH


def test_the_next_address_is_dialled_where_one_is_dead(files: ServerFiles) -> None:
    """Nobody listens at the first."""
    seen, _, server = seen_through(saying("A 127.0.0.99", f"A {HOST}"), files)

    assert seen.stage is Stage.AUTH
    assert len(server.talks) == 1


def test_the_other_end_is_who_was_dialled() -> None:
    """However the address is spelled; a proxy between us would be somebody else."""
    with socket.create_server((HOST, 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert is_peer(client, HOST)
        assert not is_peer(client, "127.0.0.2")
        assert not is_peer(client, "::1")
