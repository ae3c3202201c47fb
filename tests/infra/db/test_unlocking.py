"""Before Signet works: whether it has every key that it needs, and where the first one comes from."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from infra.db.installation import vault_of
from infra.db.unit_of_work import units
from infra.db.unlocking import needed_keys, unlock
from infra.settings import Settings
from infra.vault.key_file import read_keys, write_keys
from infra.vault.key_source import KeysRefused
from infra.vault.keys import KeyRing, generate
from infra.vault.vault import Vault
from tests.conformance.test_secrets import SECRET, a_place, put

KEY, OTHER = generate(), generate()


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    """One machine, with a state folder of its own."""
    return {"SIGNET_STATE": str(tmp_path / "state")}


def keep(engine: Engine, *keys: KeyRing) -> None:
    """Under each ring two passwords and a file, and under the first a sealing key."""
    for ring in keys:
        place, unit = a_place(), units(engine, Vault(lambda ring=ring: ring))  # type: ignore[misc]
        put(
            unit,
            *((replace(place, field=name), SECRET) for name in ("password", "pkcs12")),
            (a_place(), SECRET),
        )
    with units(engine, Vault(lambda: keys[0]))() as work:
        work.seals.present()
        work.commit()


def refusal(engine: Engine, environ: Mapping[str, str]) -> str:
    """Why it does not start."""
    with pytest.raises(KeysRefused) as refused:
        unlock(Settings.load(environ), engine)
    return str(refused.value)


def test_one_machine_makes_its_key_at_the_first_start_and_keeps_it(
    engine: Engine, environ: Mapping[str, str]
) -> None:
    """The second start finds it."""
    settings = Settings.load(environ)
    assert vault_of(settings) is None

    unlock(settings, engine)
    made = read_keys(settings.folder / "keys", private=True)
    unlock(settings, engine)

    assert len(made.keys) == 1
    assert read_keys(settings.folder / "keys", private=True) == made
    vault = vault_of(settings)
    assert vault is not None
    assert vault.ring == made


def test_grown_no_key_is_made_and_it_works_without(
    engine: Engine, environ: Mapping[str, str], database_url: str
) -> None:
    """Every process would make another one."""
    settings = Settings.load({**environ, "SIGNET_DATABASE_URL": database_url})

    unlock(settings, engine)

    assert vault_of(settings) is None
    assert not settings.folder.exists()


def test_where_a_key_is_missing_it_does_not_start_and_makes_no_other(
    engine: Engine, environ: Mapping[str, str]
) -> None:
    """One sentence: which key, for how many records of which kinds, and what to do."""
    keep(engine, KeyRing((KEY,)))

    said = refusal(engine, environ)

    assert said == (
        f"What is kept here cannot be opened without the key {KEY.id} (4 records: 3 domain, 1 sealing key): "
        "put it back into SIGNET_KEYS, or restore a backup that holds it."
    )
    assert not Settings.load(environ).folder.exists()


def test_every_key_that_is_missing_is_named(engine: Engine, environ: Mapping[str, str]) -> None:
    """And none that is there."""
    third = generate()
    keep(engine, KeyRing((KEY,)), KeyRing((OTHER,)), KeyRing((third,)))

    said = refusal(engine, {**environ, "SIGNET_KEYS": third.text})

    assert f"the key {KEY.id} (4 records: 3 domain, 1 sealing key)" in said
    assert f"the key {OTHER.id} (3 records: 3 domain)" in said
    assert third.id not in said
    assert not any(key.text[:8] in said for key in (KEY, OTHER, third))


@pytest.mark.parametrize("place", ["setting", "file", "state"])
def test_with_its_keys_it_starts_wherever_they_are(
    engine: Engine, environ: Mapping[str, str], tmp_path: Path, place: str
) -> None:
    """Spelled out, in a file, in the state folder."""
    keep(engine, KeyRing((KEY,)))
    ring = KeyRing((KEY, OTHER))
    more = {}
    if place == "setting":
        more = {"SIGNET_KEYS": ring.text}
    elif place == "file":
        write_keys(tmp_path / "mine", ring)
        more = {"SIGNET_KEYS": str(tmp_path / "mine")}
    else:
        write_keys(tmp_path / "state" / "keys", ring)

    unlock(Settings.load({**environ, **more}), engine)


def test_what_is_needed_is_counted_by_key_and_kind(engine: Engine) -> None:
    """For `signet doctor` as well."""
    assert needed_keys(engine) == {}

    keep(engine, KeyRing((KEY,)), KeyRing((OTHER,)))

    assert needed_keys(engine) == {KEY.id: {"domain": 3, "sealing key": 1}, OTHER.id: {"domain": 3}}
