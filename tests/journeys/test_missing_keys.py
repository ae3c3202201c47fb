"""Who lacks a key does not start, whatever the role; who has it keeps secrets from the first start on."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from domain.secrets import Secret
from infra.db import embedded
from infra.db.engine import connect
from infra.db.unit_of_work import units
from infra.vault.keys import KeyRing, generate
from infra.vault.vault import Vault
from tests.conformance.test_secrets import a_place, opened, put
from tests.journeys.alone import alone, state_folder
from tests.journeys.command import run
from tests.journeys.roles import grown, settings_for
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.timeout(180)

KEY, OTHER = generate(), generate()
SECRET = Secret(b"hunter2")
ZONE = {"SIGNET_DKIM_ZONE": "dkim.signet.example", "SIGNET_RESOLVERS": "127.0.0.1:9"}


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder of the test's own."""
    with state_folder() as folder:
        yield folder


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> dict[str, str]:
    """A grown installation that keeps three secrets under a key."""
    engine = connect(database_url, role="test")
    put(units(engine, Vault(lambda: KeyRing((KEY,)))), *((a_place(), SECRET) for _ in range(3)))
    engine.dispose()
    chosen = settings_for(database_url, "amqp://127.0.0.1:9", "127.0.0.1:9", "smtp+plain://127.0.0.1:9")
    return chosen | {"SIGNET_LOG_LEVEL": "info", "SIGNET_STATE": str(tmp_path / "state")}


@pytest.mark.parametrize(
    "keys", [pytest.param("", marks=pytest.mark.long), OTHER.text], ids=["none", "another"]
)
def test_no_role_starts_without_a_key_that_is_needed(
    settings: dict[str, str], tmp_path: Path, keys: str
) -> None:
    """64 and one sentence: which key, for how many records of which kinds; none at all, or only others."""
    with grown(tmp_path, settings | {"SIGNET_KEYS": keys, "SIGNET_METRICS": "127.0.0.1:0"}) as signet:
        roles = {name: signet.command(name) for name in ("intake", "worker", "dispatcher", "web")}
        roles["run"] = signet.command("run")

    sentence = (
        f"What is kept here cannot be opened without the key {KEY.id} (3 records: 3 domain): put it back into "
        "SIGNET_KEYS, or restore a backup that holds it."
    )
    assert {name: ran.returncode for name, ran in roles.items()} == dict.fromkeys(roles, 64)
    for ran in roles.values():
        assert sentence in ran.stderr
        assert "Traceback" not in ran.stderr
        assert KEY.text[:8] not in ran.stdout + ran.stderr


def test_with_the_key_it_starts(settings: dict[str, str], tmp_path: Path) -> None:
    """And tells its sealing key."""
    with grown(tmp_path, settings | {"SIGNET_KEYS": f"{KEY.text} {OTHER.text}"}) as signet:
        signet.start("web")
        answer = httpx.get(f"{signet.environment['SIGNET_PUBLIC_URL']}/v1/sealing-key")
        assert signet.roles[0].stop() == 0

    assert answer.status_code == 200


def test_while_the_database_is_away_a_role_waits_with_the_question(
    settings: dict[str, str], tmp_path: Path
) -> None:
    """Nothing is refused for what cannot be known."""
    away = {"SIGNET_DATABASE_URL": "postgresql://127.0.0.1:9/x", "SIGNET_KEYS": OTHER.text}
    with grown(tmp_path, settings | away) as signet:
        role = signet.launch("dispatcher")
        wait_until(lambda: "database.away" in role.output, what="it says that it waits", within=60)

        assert role.stop() == 0


@pytest.mark.long
def test_one_machine_keeps_its_key_over_every_restart_and_does_not_start_without(state: Path) -> None:
    """Made at the first start, mode 0600; then it is looked for, and never made again."""
    file, place = state / "keys", a_place()
    with alone(state, **ZONE) as first:
        made = file.read_bytes()
        address = re.search(r"HTTP +(http://\S+)/docs", first.output)
        assert address
        assert httpx.get(f"{address[1]}/v1/sealing-key").status_code == 200
        assert '"id"' in first.shell("signet keys public --json").stdout
        engine = connect(embedded.url(state), role="test")
        ring = KeyRing.parse(made.decode())
        put(units(engine, Vault(lambda: ring)), (place, SECRET))
        engine.dispose()
        assert first.stop() == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    file.rename(state / "elsewhere")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNET_")}
    refused = run(["run"], {**kept, **ZONE, "SIGNET_HTTP": "127.0.0.1:0", "SIGNET_STATE": str(state)})
    assert refused.returncode == 64
    assert f"without the key {ring.newest.id} (2 records: 1 domain, 1 sealing key)" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not file.exists()

    (state / "elsewhere").rename(file)
    with alone(state, **ZONE) as second:
        engine = connect(embedded.url(state), role="test")
        assert opened(units(engine, Vault(lambda: ring)), place) == SECRET
        engine.dispose()
        assert second.stop() == 0
    assert file.read_bytes() == made


@pytest.mark.long
def test_keys_are_changed_while_it_runs(state: Path) -> None:
    """One line more in the file, one command, one line less: no restart."""
    file, place = state / "keys", a_place()
    with alone(state, **ZONE) as running:
        old = KeyRing.parse(file.read_text())
        engine = connect(embedded.url(state), role="test")
        put(units(engine, Vault(lambda: old)), (place, SECRET))

        assert running.shell(f"signet keys generate >>{file}").returncode == 0
        rotated = running.shell("signet keys rotate")
        new = KeyRing.parse(file.read_text())
        file.write_text(f"{new.newest.text}\n")

        assert "newest key-encryption key: 1\n" in rotated.stdout
        assert len(new.keys) == 2
        assert opened(units(engine, Vault(lambda: KeyRing(new.keys[1:]))), place) == SECRET
        address = re.search(r"HTTP +(http://\S+)/docs", running.output)
        assert address
        told = httpx.get(f"{address[1]}/v1/sealing-key").json()["id"]
        assert told in running.shell("signet keys public").stdout
        engine.dispose()
        assert running.stop() == 0
