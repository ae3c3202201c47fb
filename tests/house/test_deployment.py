"""The files by which Signet is run grown: no engine may be at hand, but they must name what there is.

The same processes are started by hand in a journey, so that only the packaging is untried.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from infra.settings import PREFIX, Settings
from tests.house.source import ROOT
from workers.routes import FRESH, ROUTES

DEPLOY: Final = ROOT / "deploy"
WORKERS: Final = {"first-looks", "worker"}
ROLES: Final = {"migrate", "intake", "dispatcher", "web"} | WORKERS


def compose() -> dict[str, Any]:
    """The compose file, anchors resolved."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


def test_every_role_is_a_service_of_the_one_image() -> None:
    """And runs the command of its name."""
    services = compose()["services"]

    assert {name for name, service in services.items() if service["image"] == "signet"} == ROLES
    assert {role: services[role]["command"] for role in ROLES - WORKERS} == {
        role: [role] for role in ROLES - WORKERS
    }


def test_the_workers_share_all_queues_among_them() -> None:
    """Each queue has one, and what somebody waits for has one of its own."""
    served = {role: queues_of(compose()["services"][role]["command"]) for role in WORKERS}

    assert served["first-looks"] == [FRESH.queue]
    assert sorted(queue for queues in served.values() for queue in queues) == sorted(
        route.queue for route in ROUTES
    )


def queues_of(command: list[str]) -> list[str]:
    """The queues that a worker is told to serve."""
    assert command[0] == "worker"
    return [word.removeprefix("--queue=") for word in command[1:]]


def test_every_role_but_the_migration_says_whether_it_is_well() -> None:
    """And waits for the migration, which runs once."""
    services = compose()["services"]

    assert services["migrate"]["restart"] == "no"
    for role in ROLES - {"migrate"}:
        assert "/readyz" in str(services[role]["healthcheck"]["test"])
        assert services[role]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_every_setting_in_the_compose_file_exists() -> None:
    """A misspelt one would be left unread, silently."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    used = {name for service in compose()["services"].values() for name in service.get("environment", {})}

    assert {name for name in used if name.startswith(PREFIX)} <= known


def test_the_keys_reach_every_role_as_a_secret_file() -> None:
    """Not as a variable, which every `docker inspect` shows; and without a file, without keys."""
    document = compose()

    for role in ROLES:
        service = document["services"][role]
        assert service["secrets"] == ["keys", "dkim_tsig"]
        assert service["environment"]["SIGNET_KEYS"] == "${SIGNET_KEYS_FILE:+/run/secrets/keys}"
        assert (
            service["environment"]["SIGNET_DKIM_TSIG"] == "${SIGNET_DKIM_TSIG_FILE:+/run/secrets/dkim_tsig}"
        )
    assert document["secrets"] == {
        "keys": {"file": "${SIGNET_KEYS_FILE:-/dev/null}"},
        "dkim_tsig": {"file": "${SIGNET_DKIM_TSIG_FILE:-/dev/null}"},
    }


def test_every_file_that_is_mounted_exists() -> None:
    """An engine would make an empty folder in its place."""
    mounted = [
        volume.partition(":")[0]
        for service in compose()["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]

    assert mounted
    assert [path for path in mounted if not (ROOT / path).exists()] == []


def test_the_image_takes_every_room_and_both_locks() -> None:
    """A room that is left out is missed at the first request."""
    text = (ROOT / "Dockerfile").read_text()

    assert re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE) == [
        "domain", "events", "infra", "workers", "web", "signet",
    ]  # fmt: skip
    assert "requirements/build.txt requirements/run.txt" in text
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)


def test_every_alert_says_what_it_means_and_what_to_do() -> None:
    """At three in the morning."""
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]

    assert rules
    assert [rule["alert"] for rule in rules if rule["annotations"].keys() != {"summary", "action"}] == []


@pytest.mark.parametrize("file", sorted(DEPLOY.rglob("*.y*ml")), ids=lambda file: file.name)
def test_every_file_can_be_read(file: Path) -> None:
    """YAML, and not empty."""
    assert yaml.safe_load(file.read_text())


def test_the_dashboard_is_one() -> None:
    """Grafana would show nothing, and say so only in its log."""
    dashboard = json.loads((DEPLOY / "grafana" / "dashboards" / "signet.json").read_text())

    assert dashboard["title"] == "Signet"
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
