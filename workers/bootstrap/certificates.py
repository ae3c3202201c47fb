"""What certificates are opened and looked at with."""

from collections.abc import Callable

from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings
from infra.tokens import roll
from infra.x509.examiner import Examiner, Trust
from workers.bootstrap.mail import planning
from workers.certificate_look import Certifying, unasked


def certifying(settings: Settings, unit: Callable[[], SqlUnitOfWork]) -> Certifying:
    """What opens uploads, and looks again at certificates in use."""
    trust = Trust(policy=settings.certificate_chain, authorities=settings.certificate_ca)
    return Certifying(
        unit_of_work=unit,
        examiner=Examiner(trust),
        ask=unasked,
        dice=roll,
        source=settings.source,
        plan=planning(settings),
    )
