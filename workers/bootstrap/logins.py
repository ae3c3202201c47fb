"""What logins at owners' mail servers are checked with, and how they are counted."""

from collections.abc import Callable

from domain.judges.smtp import LoginVerdict
from infra import metrics
from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings
from infra.smtp.parts import mail_servers
from infra.texts import texts
from workers.login_check import LoginTools, TooOften


def login_tools(settings: Settings, unit: Callable[[], SqlUnitOfWork]) -> LoginTools:
    """What logins are checked with."""
    return LoginTools(
        servers=mail_servers(settings),
        ports=settings.smtp_ports,
        unit_of_work=unit,
        speech=texts,
        counted=count_login,
    )


def count_login(came: LoginVerdict | TooOften | None) -> None:
    """Count what came of a login."""
    match came:
        case None:
            metrics.LOGINS_DROPPED.inc()
        case TooOften():
            metrics.LOGINS_PUT_OFF.inc()
        case LoginVerdict():
            metrics.LOGINS.labels(came.outcome.value, came.stage.value, came.code or "").inc()
