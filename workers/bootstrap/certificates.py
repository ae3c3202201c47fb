"""What certificates are opened and looked at with."""

from collections.abc import Callable

from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings
from infra.tokens import roll
from infra.x509.parts import examiner
from workers.bootstrap.mail import planning
from workers.certificate_look import Certifying


def certifying(settings: Settings, unit: Callable[[], SqlUnitOfWork]) -> Certifying:
    """What opens uploads, and looks again at certificates in use."""
    return Certifying(
        unit_of_work=unit,
        examiner=examiner(settings),
        dice=roll,
        source=settings.source,
        plan=planning(settings),
    )
