"""What sees to DKIM keys."""

from collections.abc import Callable

from infra import metrics
from infra.db.installation import vault_of
from infra.db.unit_of_work import SqlUnitOfWork
from infra.dkim.making import make_key
from infra.dkim.parts import own_zone, rotation_rules
from infra.settings import Settings, WrongSetting
from infra.tokens import roll
from workers.rotation import Rotating


def has_own_zone(settings: Settings) -> bool:
    """Whether DKIM keys are made and published."""
    return settings.dkim_zone is not None and bool(settings.dkim_nameservers)


def rotating(settings: Settings, unit: Callable[[], SqlUnitOfWork]) -> Rotating | None:
    """What sees to the keys; None where there is nowhere to publish them. Raises WrongSetting."""
    zone = own_zone(settings)
    if zone is None:
        return None
    if vault_of(settings) is None:
        raise WrongSetting(
            "SIGNET_DKIM_NAMESERVERS needs SIGNET_KEYS: DKIM keys are locked by key-encryption keys, and "
            "`signet keys generate` prints one."
        )
    return Rotating(
        unit_of_work=unit,
        zone=zone,
        make=make_key,
        rules=rotation_rules(settings),
        dice=roll,
        turned=lambda state: metrics.KEYS_TURNED.labels(state.value).inc(),
        changed=lambda code: metrics.ZONE_CHANGES_SEEN.labels(code.value).inc(),
    )
