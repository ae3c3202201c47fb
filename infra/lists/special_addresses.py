"""Blocks of addresses that no server of the public Internet has: each with its purpose, and who says so.

Every row of the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190) as of 2025-10-09, those
marked as globally reachable too: what is served there is a protocol's machinery, and never an owner's own server.
"""

from typing import Final, NamedTuple


class Block(NamedTuple):
    """A block of addresses."""

    network: str
    purpose: str
    source: str


# iana.org/assignments/iana-ipv4-special-registry
IPV4_REGISTRY: Final = (
    Block("0.0.0.0/8", "this network", "RFC 791"),
    Block("0.0.0.0/32", "this host on this network", "RFC 1122"),
    Block("10.0.0.0/8", "private-use", "RFC 1918"),
    Block("100.64.0.0/10", "shared address space", "RFC 6598"),
    Block("127.0.0.0/8", "loopback", "RFC 1122"),
    Block("169.254.0.0/16", "link-local", "RFC 3927"),
    Block("172.16.0.0/12", "private-use", "RFC 1918"),
    Block("192.0.0.0/24", "IETF protocol assignments", "RFC 6890"),
    Block("192.0.0.0/29", "IPv4 service continuity", "RFC 7335"),
    Block("192.0.0.8/32", "IPv4 dummy address", "RFC 7600"),
    Block("192.0.0.9/32", "Port Control Protocol anycast", "RFC 7723"),
    Block("192.0.0.10/32", "TURN anycast", "RFC 8155"),
    Block("192.0.0.170/32", "NAT64 discovery", "RFC 7050, RFC 8880"),
    Block("192.0.0.171/32", "NAT64 discovery", "RFC 7050, RFC 8880"),
    Block("192.0.2.0/24", "documentation", "RFC 5737"),
    Block("192.31.196.0/24", "AS112", "RFC 7535"),
    Block("192.52.193.0/24", "AMT", "RFC 7450"),
    Block("192.88.99.0/24", "deprecated 6to4 relay anycast", "RFC 7526"),
    Block("192.88.99.2/32", "6a44 relay anycast", "RFC 6751"),
    Block("192.168.0.0/16", "private-use", "RFC 1918"),
    Block("192.175.48.0/24", "AS112, direct delegation", "RFC 7534"),
    Block("198.18.0.0/15", "benchmarking", "RFC 2544"),
    Block("198.51.100.0/24", "documentation", "RFC 5737"),
    Block("203.0.113.0/24", "documentation", "RFC 5737"),
    Block("240.0.0.0/4", "reserved", "RFC 1112"),
    Block("255.255.255.255/32", "limited broadcast", "RFC 919, RFC 8190"),
)

# iana.org/assignments/iana-ipv6-special-registry
IPV6_REGISTRY: Final = (
    Block("::1/128", "loopback", "RFC 4291"),
    Block("::/128", "unspecified", "RFC 4291"),
    Block("::ffff:0:0/96", "IPv4-mapped", "RFC 4291"),
    Block("64:ff9b::/96", "NAT64", "RFC 6052"),
    Block("64:ff9b:1::/48", "local-use NAT64", "RFC 8215"),
    Block("100::/64", "discard-only", "RFC 6666"),
    Block("100:0:0:1::/64", "dummy IPv6 prefix", "RFC 9780"),
    Block("2001::/23", "IETF protocol assignments", "RFC 2928"),
    Block("2001::/32", "Teredo", "RFC 4380"),
    Block("2001:1::1/128", "Port Control Protocol anycast", "RFC 7723"),
    Block("2001:1::2/128", "TURN anycast", "RFC 8155"),
    Block("2001:1::3/128", "DNS-SD service registration anycast", "RFC 9665"),
    Block("2001:2::/48", "benchmarking", "RFC 5180"),
    Block("2001:3::/32", "AMT", "RFC 7450"),
    Block("2001:4:112::/48", "AS112", "RFC 7535"),
    Block("2001:10::/28", "deprecated ORCHID", "RFC 4843"),
    Block("2001:20::/28", "ORCHIDv2", "RFC 7343"),
    Block("2001:30::/28", "drone remote id", "RFC 9374"),
    Block("2001:db8::/32", "documentation", "RFC 3849"),
    Block("2002::/16", "6to4", "RFC 3056"),
    Block("2620:4f:8000::/48", "AS112, direct delegation", "RFC 7534"),
    Block("3fff::/20", "documentation", "RFC 9637"),
    Block("5f00::/16", "segment routing", "RFC 9602"),
    Block("fc00::/7", "unique-local", "RFC 4193"),
    Block("fe80::/10", "link-local", "RFC 4291"),
)

# Of address architecture, and not in those registries.
FURTHER: Final = (
    Block("224.0.0.0/4", "multicast", "RFC 5771"),
    Block("::/96", "deprecated IPv4-compatible", "RFC 4291"),
    Block("fec0::/10", "deprecated site-local", "RFC 3879"),
    Block("ff00::/8", "multicast", "RFC 4291"),
)

# Where clouds give their machines their credentials. The one of Azure is an ordinary public address.
CLOUD_METADATA: Final = (
    Block("168.63.129.16/32", "cloud metadata", "Azure"),
    Block("169.254.169.254/32", "cloud metadata", "AWS, Azure, Google Cloud and others"),
    Block("fd00:ec2::254/128", "cloud metadata", "AWS"),
)

SPECIAL: Final = (*IPV4_REGISTRY, *IPV6_REGISTRY, *FURTHER, *CLOUD_METADATA)
