"""The second wall, `deploy/nftables/signet-smtp.nft`, in networks of its own: what it lets a user reach, and the guard.

Law: whatever is refused here is open for root, so that it is the wall that refuses.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv6Network, collapse_addresses, ip_network
from pathlib import Path
from typing import Final

import pytest

from infra.egress import Egress
from infra.lists.special_addresses import SPECIAL
from infra.settings import Settings
from tests.servers.networks import Door, Network, NotAllowed, home_and_world

FILE: Final = Path(__file__).parents[2] / "deploy" / "nftables" / "signet-smtp.nft"
ROOT, WALLED, NEIGHBOUR = 0, 64_123, 64_124
DATABASE, BROKER, RESOLVER, RESOLVER6 = "10.1.0.10", "10.1.0.11", "10.1.0.53", "fd01::53"
OURS: Final = {
    "users": str(WALLED),
    "ports": "465, 587, 2525",
    "needed4": f"{DATABASE} . 5432, {BROKER} . 5671",
    "needed6": "fd01::10 . 5432",
    "resolvers4": f"{RESOLVER} . 53",
    "resolvers6": f"{RESOLVER6} . 53",
}
PORTS: Final = (22, 25, 53, 465, 587, 2525, 5432, 5671, 5672)
OWN: Final = ("9.9.9.1", "2600::1")

PUBLIC: Final = (
    "8.8.8.8", "11.0.0.1", "100.128.0.1", "168.63.129.15", "172.32.0.1", "193.0.14.129", "223.255.255.254",
    "2001:200::1", "2001:db9::1", "2003::1", "2606:4700::1111",
)  # fmt: skip
SPECIAL_ONES: Final = (
    "10.9.9.9", DATABASE, BROKER, RESOLVER, "100.64.0.1", "127.0.0.1", "168.63.129.16", "169.254.169.254",
    "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.9", "192.0.2.1", "192.31.196.1", "192.88.99.1",
    "192.168.0.1", "192.175.48.1", "198.18.0.1", "198.51.100.7", "203.0.113.1", "240.0.0.1",
    "::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "2620:4f:8000::1",
    "3fff::1", "5f00::1", RESOLVER6, "fc00::1", "fd00:ec2::254", "fec0::1",
)  # fmt: skip
AT_A_PORT: Final = tuple(("tcp", address, port) for address in ("8.8.8.8", BROKER) for port in PORTS)
AT_ADDRESSES: Final = tuple(("tcp", address, 587) for address in (*PUBLIC, *SPECIAL_ONES, *OWN))
OTHERS: Final = (
    ("tcp", DATABASE, 5432),
    *((protocol, address, 53) for protocol in ("tcp", "udp") for address in (RESOLVER, RESOLVER6, "8.8.8.8")),
    ("udp", "8.8.8.8", 587),
    ("tcp", "127.0.0.1", 5432),
)
REFUSED: Final = {
    "tcp": "ECONNREFUSED",
    "udp": "EPERM",
}  # as the kernel says it to a user whose packet it rejects
Seen = Mapping[int, Mapping[Door, str]]


def wall(own: Mapping[str, str] = OURS) -> str:
    """The rules, with the operator's part filled in."""
    text = FILE.read_text()
    for name, value in own.items():
        text, found = re.subn(
            rf"^define {name} = .*$", f"define {name} = {{ {value} }}", text, flags=re.MULTILINE
        )
        assert found == 1
    return text


@pytest.fixture(scope="module")
def home() -> Iterator[Network]:
    """This machine's place in a world in which every address is somebody; the wall was loaded twice."""
    foreign = [address for address in (*PUBLIC, *SPECIAL_ONES) if address not in {"127.0.0.1", "::1"}]
    try:
        with (
            home_and_world(OWN, foreign) as (home, world),
            home.serving(ROOT, *PORTS),
            world.serving(ROOT, *PORTS),
        ):
            for _ in range(2):
                home.run("nft", "-f", "-", stdin=wall())
            yield home
    except NotAllowed as reason:
        pytest.skip(f"the second wall was not tried: {reason}")


@pytest.fixture(scope="module")
def seen(home: Network) -> Seen:
    """What came of every door, for each user."""
    doors = [*dict.fromkeys((*AT_ADDRESSES, *AT_A_PORT, *OTHERS))]
    return {uid: home.knock(uid, doors) for uid in (WALLED, NEIGHBOUR, ROOT)}


def test_whom_it_does_not_name_it_does_not_touch(seen: Seen) -> None:
    """Root and another user reach every door, so none of them is closed by itself."""
    for uid in (ROOT, NEIGHBOUR):
        assert {door: said for door, said in seen[uid].items() if said != "open"} == {}


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_reached(address: str, seen: Seen) -> None:
    """By the wall as by the guard."""
    assert seen[WALLED]["tcp", address, 587] == "open"
    assert Egress().permits(address)


@pytest.mark.parametrize("address", SPECIAL_ONES)
def test_what_is_not_public_is_refused(address: str, seen: Seen) -> None:
    """At once; by the wall as by the guard. Also where the database, the broker and the resolvers are."""
    assert seen[WALLED]["tcp", address, 587] == REFUSED["tcp"]
    assert not Egress().permits(address)


@pytest.mark.parametrize("port", PORTS)
def test_of_ports_those_are_open_that_the_guard_opens(port: int, seen: Seen) -> None:
    """As the settings have them by themselves."""
    is_open = seen[WALLED]["tcp", "8.8.8.8", port] == "open"

    assert is_open == (port in Settings.model_fields["smtp_ports"].default)


def test_the_broker_is_reached_where_it_is_named_and_nowhere_else(seen: Seen) -> None:
    """A pair of address and port opens just that; the guard opens none of it to a login."""
    assert [port for port in PORTS if seen[WALLED]["tcp", BROKER, port] == "open"] == [5671]
    assert seen[WALLED]["tcp", DATABASE, 5432] == "open"
    assert seen[WALLED]["tcp", "127.0.0.1", 5432] == REFUSED["tcp"]
    assert not Egress().permits(BROKER)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_names_are_asked_of_the_named_resolvers_alone(protocol: str, seen: Seen) -> None:
    """By both protocols and in both families."""
    assert seen[WALLED][protocol, RESOLVER, 53] == "open"
    assert seen[WALLED][protocol, RESOLVER6, 53] == "open"
    assert seen[WALLED][protocol, "8.8.8.8", 53] == REFUSED[protocol]


def test_nothing_but_tcp_goes_to_a_mail_server(seen: Seen) -> None:
    """A datagram to the same port is refused."""
    assert seen[WALLED]["udp", "8.8.8.8", 587] == REFUSED["udp"]


@pytest.mark.parametrize("address", OWN)
def test_this_machine_is_refused_by_its_public_addresses_too(address: str, seen: Seen) -> None:
    """Which the guard cannot know."""
    assert seen[WALLED]["tcp", address, 587] == REFUSED["tcp"]
    assert Egress().permits(address)


def test_who_asks_a_walled_process_is_answered(home: Network) -> None:
    """Prometheus comes in; only what begins inside is held back."""
    door = ("tcp", "127.0.0.1", 9464)

    with home.serving(WALLED, 9464):
        assert home.knock(ROOT, [door]) == {door: "open"}
        assert home.knock(WALLED, [door]) == {door: REFUSED["tcp"]}


def test_its_addresses_are_those_of_the_guard() -> None:
    """No block is missing in either."""
    unicast = IPv6Network("2000::/3")
    blocks = [ip_network(block.network) for block in SPECIAL]
    four = collapse_addresses(block for block in blocks if block.version == 4)
    six = collapse_addresses(
        block for block in blocks if isinstance(block, IPv6Network) and block.subnet_of(unicast)
    )

    assert _elements("special4") == {str(block) for block in four}
    assert _elements("special6") == {str(block) for block in six}
    assert f"ip6 daddr != {unicast} " in FILE.read_text()


def _elements(name: str) -> set[str]:
    found = re.search(rf"set {name} {{.*?elements = {{(.*?)}}", FILE.read_text(), re.DOTALL)
    assert found is not None
    return {element.strip() for element in found[1].split(",")}
