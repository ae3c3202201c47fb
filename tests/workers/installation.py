"""What the handlers of requests work with, in an installation as most tests stand on one."""

from collections.abc import Callable
from datetime import timedelta

from infra.db.unit_of_work import SqlUnitOfWork
from infra.lists import name_rules
from infra.tokens import new_id, new_tokens
from workers.tools import Rules, Tools


def tools_of(unit: Callable[[], SqlUnitOfWork], *, lab: bool = False) -> Tools:
    """The rules of an installation with a DKIM zone; in a `lab` reserved names are taken too."""
    rules = Rules(
        plans=frozenset({"business"}),
        dkim_zone="dkim.signet.example",
        window=timedelta(hours=48),
        smtp_window=timedelta(minutes=15),
        names=name_rules(lab=lab),
        source="urn:signet",
    )
    return Tools(unit_of_work=unit, rules=rules, dice=lambda: 0.0, new_id=new_id, new_tokens=new_tokens)
