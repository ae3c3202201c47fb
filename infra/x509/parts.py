"""What examines certificates, from the settings of this installation."""

from infra.dns.resolver import system_resolvers
from infra.egress import Egress
from infra.settings import Settings
from infra.x509.examiner import Examiner, Trust
from infra.x509.fetching import Network


def examiner(settings: Settings) -> Examiner:
    """What opens uploads and looks again at certificates in use."""
    network = Network(
        resolvers=lambda: settings.resolvers or system_resolvers(), guard=Egress(settings.egress_allow)
    )
    trust = Trust(policy=settings.certificate_chain, authorities=settings.certificate_ca)
    return Examiner(trust, network)
