"""Whom we may reach: a table of addresses by name, and every special block against ordinary space."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.egress import REMEMBERED, Egress, NoNetwork, _weighed, parse_network

CLOSED: Final = Egress()

PERMITTED: Final = """
8.8.8.8                 a public resolver
1.1.1.1                 another one
193.0.14.129            a root server
9.255.255.255           below private use
11.0.0.0                above it
100.63.255.255          below shared address space
100.128.0.0             above it
126.255.255.255         below loopback
128.0.0.1               above it
172.15.255.255          below private use
172.32.0.0              above it
192.0.1.1               above protocol assignments
192.169.0.0             above private use
198.17.255.255          below benchmarking
198.20.0.0              above it
168.63.129.15           beside Azure's own address
223.255.255.255         below multicast
2606:4700::1111         a public resolver
2001:7fd::1             a root server
2001:200::1             above protocol assignments
2001:db9::1             above documentation
2003::1                 above 6to4
2606:4700:0:0:0:0:0:1   no group left out
2606:4700::ABCD         in capital letters
2606:4700::192.0.2.1    the last groups written as IPv4, which they are not
"""

REFUSED: Final = """
0.0.0.0                 this host on this network (RFC 1122)
0.1.2.3                 this network (RFC 791)
10.0.0.1                private-use (RFC 1918)
100.64.0.1              shared address space (RFC 6598)
100.100.100.200         shared address space (RFC 6598)
127.0.0.1               loopback (RFC 1122)
127.255.255.254         loopback (RFC 1122)
168.63.129.16           cloud metadata (Azure)
169.254.169.254         cloud metadata (AWS, Azure, Google Cloud and others)
169.254.170.2           link-local (RFC 3927)
172.16.0.1              private-use (RFC 1918)
172.31.255.255          private-use (RFC 1918)
192.0.0.1               IPv4 service continuity (RFC 7335)
192.0.0.9               Port Control Protocol anycast (RFC 7723)
192.0.0.170             NAT64 discovery (RFC 7050, RFC 8880)
192.0.0.192             IETF protocol assignments (RFC 6890)
192.0.2.1               documentation (RFC 5737)
192.31.196.1            AS112 (RFC 7535)
192.52.193.1            AMT (RFC 7450)
192.88.99.1             deprecated 6to4 relay anycast (RFC 7526)
192.168.1.1             private-use (RFC 1918)
192.175.48.6            AS112, direct delegation (RFC 7534)
198.18.0.1              benchmarking (RFC 2544)
198.19.255.255          benchmarking (RFC 2544)
198.51.100.1            documentation (RFC 5737)
203.0.113.1             documentation (RFC 5737)
224.0.0.1               multicast (RFC 5771)
239.255.255.250         multicast (RFC 5771)
240.0.0.1               reserved (RFC 1112)
255.255.255.255         limited broadcast (RFC 919, RFC 8190)
::                      unspecified (RFC 4291)
::1                     loopback (RFC 4291)
0:0:0:0:0:0:0:1         loopback (RFC 4291)
::127.0.0.1             deprecated IPv4-compatible (RFC 4291)
::8.8.8.8               deprecated IPv4-compatible (RFC 4291)
::ffff:127.0.0.1        IPv4-mapped (RFC 4291)
::ffff:8.8.8.8          IPv4-mapped (RFC 4291)
0:0:0:0:0:FFFF:7F00:1   IPv4-mapped (RFC 4291)
64:ff9b::7f00:1         NAT64 (RFC 6052)
64:ff9b::808:808        NAT64 (RFC 6052)
64:ff9b:1::a00:1        local-use NAT64 (RFC 8215)
100::1                  discard-only (RFC 6666)
100:0:0:1::1            dummy IPv6 prefix (RFC 9780)
2001::1                 Teredo (RFC 4380)
2001:0:4136:e378::      Teredo (RFC 4380)
2001:1::1               Port Control Protocol anycast (RFC 7723)
2001:1::4               IETF protocol assignments (RFC 2928)
2001:2::1               benchmarking (RFC 5180)
2001:10::1              deprecated ORCHID (RFC 4843)
2001:20::1              ORCHIDv2 (RFC 7343)
2001:db8::1             documentation (RFC 3849)
2002:7f00:1::           6to4 (RFC 3056)
2002:808:808::1         6to4 (RFC 3056)
2620:4f:8000::1         AS112, direct delegation (RFC 7534)
3fff::1                 documentation (RFC 9637)
4000::1                 outside of global unicast (RFC 3587)
5f00::1                 segment routing (RFC 9602)
::ffff:0:127.0.0.1      outside of global unicast (RFC 3587)
fc00::1                 unique-local (RFC 4193)
fd00:ec2::254           cloud metadata (AWS)
fd12:3456:789a::1       unique-local (RFC 4193)
fe80::1                 link-local (RFC 4291)
fec0::1                 deprecated site-local (RFC 3879)
ff02::1                 multicast (RFC 4291)
ff0e::1                 multicast (RFC 4291)
fe80::1%lo              has a scope (RFC 4007)
2606:4700::1111%eth0    has a scope (RFC 4007)
::1%                    has a scope (RFC 4007)
"""

NO_LITERALS: Final = (
    *(
        "",
        "0",
        "127.1",
        "127.0.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.01",
        "1e1.1.1.1",
    ),
    *(
        "①②⑦.0.0.1",
        "127。0。0。1",
        "٨.٨.٨.٨",
        "８.8.8.8",
        "8.8.8.8 ",
        " 8.8.8.8",
        "8.8.8.8\n",
        "\t8.8.8.8",
        "+8.8.8.8",
    ),
    *(
        "8.8.8.8.",
        ".8.8.8.8",
        "8.8.8",
        "8.8.8.8.8",
        "8.8.8.256",
        "-8.8.8.8",
        "8.8.8.8\0",
        "8.8.8.8/32",
        "8.8.8.8:53",
    ),
    *(
        "[2606:4700::1111]",
        "2606:4700:::1111",
        "2606:4700::1::1",
        "2606:4700::11111",
        "1:2:3:4:5:6:7",
        "::ffff:1.2.3",
    ),
    *("localhost", "example.com", "dns.google", "8-8-8-8.example"),
)

SPECIAL_BLOCKS: Final = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32 168.63.129.16/32
::/128 ::1/128 ::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32
2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28
2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
"""
BLOCKS: Final = [ip_network(block) for block in SPECIAL_BLOCKS.split()]
MAPPED: Final = IPv6Network("::ffff:0:0/96")
PUBLIC_IPV6: Final = IPv6Network("2000::/3")

blocks = st.sampled_from(BLOCKS)
sizes = {4: IPv4Address, 6: IPv6Address}


def rows(table: str) -> list[tuple[str, str]]:
    """The rows of a table: an address, and what is said of it."""
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in table.strip().splitlines()]


def within(network: IPv4Network | IPv6Network) -> st.SearchStrategy[IPv4Address | IPv6Address]:
    """Addresses of a network, its first and its last among them."""
    return st.integers(int(network[0]), int(network[-1])).map(sizes[network.version])


def beside(network: IPv4Network | IPv6Network) -> list[IPv4Address | IPv6Address]:
    """The addresses just before and just after a network."""
    numbers = (int(network[0]) - 1, int(network[-1]) + 1)
    return [sizes[network.version](number) for number in numbers if 0 <= number < 2**network.max_prefixlen]


def is_ordinary(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is of ordinary public space: the rule once more, by other means."""
    return not any(address in block for block in BLOCKS) and (address.version == 4 or address in PUBLIC_IPV6)


@pytest.mark.parametrize(("address", "what"), rows(PERMITTED))
def test_an_ordinary_public_address_is_permitted(address: str, what: str) -> None:
    """Nothing to be opened, nothing to be said."""
    assert CLOSED.refusal(address) is None, what
    assert CLOSED.permits(address)


@pytest.mark.parametrize(("address", "reason"), rows(REFUSED))
def test_a_special_address_is_refused_with_its_purpose(address: str, reason: str) -> None:
    """Short enough for a log line; of nested blocks the smallest speaks."""
    assert CLOSED.refusal(address) == reason
    assert not CLOSED.permits(address)


@pytest.mark.parametrize("text", NO_LITERALS)
def test_what_is_no_literal_of_an_address_is_refused(text: str) -> None:
    """The C library takes `127.1`, `0x7f.1` and `①②⑦.0.0.1` for loopback: nothing is ever left to it."""
    assert CLOSED.refusal(text) == "not the literal of an address"
    assert not Egress((IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))).permits(text)


@given(st.text(max_size=45) | st.text("0123456789abcdefx.:%", max_size=45))
def test_whatever_text_is_permitted_is_an_ordinary_address(text: str) -> None:
    """And never an exception."""
    if CLOSED.permits(text):
        assert text.isascii()
        assert is_ordinary(ip_address(text))


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_special_block_is_refused_from_its_first_address_to_its_last(
    block: IPv4Network | IPv6Network,
) -> None:
    """And just outside of it the rule is what it is everywhere."""
    assert not CLOSED.permits(str(block[0]))
    assert not CLOSED.permits(str(block[-1]))
    for address in beside(block):
        assert CLOSED.permits(str(address)) == is_ordinary(address)


@given(blocks.flatmap(within))
def test_no_address_of_a_special_block_is_permitted(address: IPv4Address | IPv6Address) -> None:
    """Wherever in the block it lies."""
    assert CLOSED.refusal(str(address))
    assert not CLOSED.permits(address.exploded)


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | within(PUBLIC_IPV6) | within(IPv6Network("::/0")))
def test_every_other_address_is_permitted(address: IPv4Address | IPv6Address) -> None:
    """All of IPv4, and all of what IPv6 is given out of."""
    assert CLOSED.permits(str(address)) == is_ordinary(address)


@given(blocks.flatmap(within), st.integers(0, 128), blocks.flatmap(within))
def test_what_is_opened_is_open_and_nothing_else(
    address: IPv4Address | IPv6Address, length: int, other: IPv4Address | IPv6Address
) -> None:
    """Every network, whatever it holds; other addresses are judged as before."""
    network = ip_network((address, min(length, address.max_prefixlen)), strict=False)
    egress = Egress((network,))

    assert egress.permits(str(address)) == (address not in MAPPED)
    assert egress.permits(str(other)) == (other in network and other not in MAPPED)


def test_a_network_opens_no_other_form_of_its_addresses() -> None:
    """127.0.0.0/8 is loopback, and not what carries a loopback address inside; with all of IPv6 open still."""
    lab = Egress((IPv4Network("127.0.0.0/8"), IPv6Network("fd00::/8")))
    careless = Egress((IPv6Network("::/0"),))

    assert lab.permits("127.0.0.53")
    assert lab.permits("fd00::53")
    assert lab.permits("8.8.8.8")
    for address in (
        "::ffff:127.0.0.53",
        "::127.0.0.53",
        "64:ff9b::7f00:35",
        "2002:7f00:35::",
        "10.0.0.1",
        "::1",
    ):
        assert not lab.permits(address)
    assert careless.permits("::1")
    assert careless.refusal("::ffff:127.0.0.1") == "IPv4-mapped (RFC 4291)"
    assert careless.refusal("fe80::1%lo") == "has a scope (RFC 4007)"


def test_the_addresses_of_metadata_are_opened_by_who_names_them() -> None:
    """Whoever writes down a network means all of it."""
    assert Egress((IPv4Network("169.254.169.254/32"),)).permits("169.254.169.254")
    assert not Egress((IPv4Network("10.0.0.0/8"),)).permits("169.254.169.254")


def test_what_strangers_name_does_not_fill_the_memory() -> None:
    """An address is remembered, for it comes again thousands of times; the oldest are forgotten."""
    assert _weighed.cache_info().maxsize == REMEMBERED


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.0.0.0/8", IPv4Network("10.0.0.0/8")),
        ("0.0.0.0/0", IPv4Network("0.0.0.0/0")),
        ("192.0.2.1", IPv4Network("192.0.2.1/32")),
        ("fd00::/8", IPv6Network("fd00::/8")),
        ("FD00::1", IPv6Network("fd00::1/128")),
        ("::/0", IPv6Network("::/0")),
    ],
)
def test_a_network_is_read_as_it_is_written(text: str, network: IPv4Network | IPv6Network) -> None:
    """An address alone is the network of one."""
    assert parse_network(text) == network


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/-1",
            "10.0.0.0/255.0.0.0",
            "10.0.0.0/0.255.255.255",
        ),
        *(
            "fe80::%lo/10",
            "10/8",
            "127.1",
            "1.1.1.1/٨",
            "١.1.1.1/8",
            "10.0.0.0/8/8",
            "10.0.0.0 /8",
            "10.0.0.0/8\n",
        ),
        *("all", "localhost", "example.com/24", "10.0.0.0-10.0.0.9"),
    ],
)
def test_what_is_no_network_is_refused_with_examples(text: str) -> None:
    """Masks, ranges and names too: one form, and no doubt what it opens."""
    with pytest.raises(NoNetwork) as refused:
        parse_network(text)

    assert str(refused.value) == f"{text!r} is not a network, such as 10.0.0.0/8 or fd00::/8"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("10.0.0.1/8", "'10.0.0.1/8' is one address of a network, which is written 10.0.0.0/8"),
        ("fd00::1/64", "'fd00::1/64' is one address of a network, which is written fd00::/64"),
        ("::ffff:127.0.0.0/104", "'::ffff:127.0.0.0/104' has IPv4 addresses inside: name their IPv4 network"),
        ("::ffff:10.0.0.1", "'::ffff:10.0.0.1' has IPv4 addresses inside: name their IPv4 network"),
    ],
)
def test_a_network_that_says_more_than_it_means_is_refused_with_the_one_to_write(
    text: str, sentence: str
) -> None:
    """What an operator opens by mistake stays open for years."""
    with pytest.raises(NoNetwork) as refused:
        parse_network(text)

    assert str(refused.value) == sentence
