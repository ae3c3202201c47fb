"""What logs in to mail servers, from the settings of this installation."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from domain.names import DomainName, spell
from infra.dns.resolver import system_resolvers
from infra.egress import Egress
from infra.settings import Settings
from infra.smtp.login import Logins, Network


def mail_servers(settings: Settings) -> Logins:
    """What logs in to mail servers; the resolvers of the system are asked for when there is something to look up."""
    network = Network(
        resolvers=lambda: settings.resolvers or system_resolvers(),
        guard=Egress(settings.egress_allow),
        ports=frozenset(settings.smtp_ports),
        authorities=settings.smtp_ca,
        hello=greeting_name(urlsplit(settings.address).hostname or ""),
    )
    return Logins(network)


def greeting_name(host: str) -> str:
    """How we name ourselves: a host name, or the literal of an address (RFC 5321, section 4.1.3)."""
    try:
        address = ip_address(host)
    except ValueError:
        name = spell(host)
        return name.ascii if isinstance(name, DomainName) else "localhost"
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"  # noqa: PLR2004 - IPv4
