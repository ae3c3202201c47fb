"""What the contract promises of each role (product contract, section 5): how it is, on an address of its own."""

from pathlib import Path

import httpx
import pytest

from tests.journeys.roles import grown, settings_for
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.timeout(180)


def test_the_web_role_too_says_on_signet_metrics_how_it_is(database_url: str, tmp_path: Path) -> None:
    """Without a key, for the operator's Prometheus; what it serves to others stays behind one."""
    settings = settings_for(database_url, "amqp://127.0.0.1:9", "127.0.0.1:9", "smtp+plain://127.0.0.1:9")
    with grown(tmp_path, settings) as signet:
        signet.start("web")
        [web] = signet.roles

        statuses = {
            path: httpx.get(web.metrics + path).status_code for path in ("/healthz", "/readyz", "/metrics")
        }
        closed = httpx.get(f"{web.health}/metrics").status_code

        assert web.stop() == 0
    assert statuses == {"/healthz": 200, "/readyz": 200, "/metrics": 200}
    assert closed == 401


def test_a_command_on_a_database_without_tables_says_what_to_do(postgres: Postgres, tmp_path: Path) -> None:
    """70 and one sentence; `signet migrate` is the way out."""
    postgres.run("CREATE DATABASE bare TEMPLATE template0")
    settings = settings_for(
        postgres.url_of("bare"), "amqp://127.0.0.1:9", "127.0.0.1:9", "smtp+plain://127.0.0.1:9"
    )
    with grown(tmp_path, settings | {"SIGNET_LOG_LEVEL": "info"}) as signet:
        before = signet.command("list", "domain")
        migrated = signet.command("migrate")
        after = signet.command("list", "domain")
    postgres.drop(postgres.url_of("bare"))

    assert (before.returncode, migrated.returncode, after.returncode) == (70, 0, 0)
    assert "run `signet migrate`" in before.stderr
    assert "Traceback" not in before.stderr
