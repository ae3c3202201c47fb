"""The numbers that stand in the database, as Prometheus is told them."""

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from infra import metrics
from infra.db.link import Link
from infra.numbers import numbers
from infra.vault.key_source import KeysRefused
from infra.vault.keys import KeyRing, generate
from infra.vault.vault import Vault
from tests.infra.db.test_unlocking import keep

OLD, NEW = generate(), generate()


@pytest.fixture(autouse=True)
def _own_source() -> Iterator[None]:
    before = metrics.LIVE.waiting
    yield
    metrics.LIVE.waiting = before


def told(engine: Engine, vault: Vault | None) -> dict[str, float]:
    """The keys of the vault by their state."""
    families = text_string_to_metric_families(numbers(engine, vault)().decode())
    return {
        sample.labels["state"]: sample.value
        for family in families
        if family.name == "signet_vault_keys"
        for sample in family.samples
    }


def ring(*keys: object) -> Vault:
    """A vault with these keys."""
    return Vault(lambda: KeyRing(keys))  # type: ignore[arg-type]


def test_keys_that_are_used_are_missing_or_old(engine: Engine) -> None:
    """Passwords under both, and a sealing key under the first."""
    assert told(engine, None) == {"missing": 0, "old": 0}
    keep(engine, KeyRing((OLD,)), KeyRing((NEW,)))

    assert told(engine, ring(OLD, NEW)) == {"missing": 0, "old": 1}
    assert told(engine, ring(NEW)) == {"missing": 1, "old": 0}
    assert told(engine, None) == {"missing": 2, "old": 0}
    with engine.begin() as connection:
        for table in ("secrets", "sealing_keys"):
            Link(connection).run(f"UPDATE {table} SET key_id = %(id)s", {"id": NEW.id})
    assert told(engine, ring(OLD, NEW)) == {"missing": 0, "old": 0}


def test_keys_that_cannot_be_read_are_missing(engine: Engine) -> None:
    """Such as a file that went away before it was ever read."""

    def refuse() -> KeyRing:
        raise KeysRefused("The keys cannot be used.")

    keep(engine, KeyRing((OLD,)))

    assert told(engine, Vault(refuse)) == {"missing": 1, "old": 0}
