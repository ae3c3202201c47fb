"""Which texts name a resolver, and which resolvers a system names."""

from pathlib import Path

import pytest

from infra.dns.pace import Pace
from infra.dns.resolver import NoResolver, Resolver, system_resolvers


@pytest.mark.parametrize(
    ("text", "address", "port", "shown"),
    [
        ("192.0.2.1", "192.0.2.1", 53, "192.0.2.1"),
        (" 192.0.2.1:5353 ", "192.0.2.1", 5353, "192.0.2.1:5353"),
        ("2001:DB8::1", "2001:db8::1", 53, "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1", 53, "2001:db8::1"),
        ("[2001:db8::1]:5353", "2001:db8::1", 5353, "[2001:db8::1]:5353"),
    ],
)
def test_a_resolver_is_an_address_with_or_without_a_port(
    text: str, address: str, port: int, shown: str
) -> None:
    """It is shown as it may be written."""
    resolver = Resolver.parse(text)

    assert (resolver.address, resolver.port) == (address, port)
    assert str(resolver) == shown
    assert Resolver.parse(shown) == resolver


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dns.example",
        "192.0.2.1:",
        "192.0.2.1:port",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "[::1]53",
        "[::1",
        "192.0.2",
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    """A name is no resolver: it would have to be resolved."""
    with pytest.raises(NoResolver, match=r"\.$"):
        Resolver.parse(text)


def test_the_resolvers_of_the_system_are_those_of_its_file(tmp_path: Path) -> None:
    """In its order; other lines, comments and zones of link-local addresses aside."""
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# nameserver 192.0.2.9\nsearch example\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver\n"
    )

    assert [str(resolver) for resolver in system_resolvers(file)] == ["192.0.2.1", "fe80::1"]


@pytest.mark.parametrize("content", [None, "search example\n"])
def test_a_system_without_a_resolver_says_so(tmp_path: Path, content: str | None) -> None:
    """With the way out."""
    file = tmp_path / "resolv.conf"
    if content is not None:
        file.write_text(content)

    with pytest.raises(NoResolver, match="SIGNET_RESOLVERS"):
        system_resolvers(file)


def test_what_did_not_wait_makes_others_wait() -> None:
    """Tries again leave at once, and what is new then pays for them."""
    pace = Pace(10)

    for _ in range(30):
        pace.spend()

    assert not pace.allows()
