"""What the contract promises of the command line, tried from outside (product contract, section 5)."""

import json
import os
from pathlib import Path

import pytest

from tests.journeys.command import run
from tests.journeys.stranger import Stranger, stranger

pytestmark = pytest.mark.timeout(180)


def signet(*arguments: str, **settings: str) -> tuple[int, str]:
    """Status and sentence of a command where nothing runs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNET_")}
    ran = run(arguments, kept | settings)
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stderr or ran.stdout


def test_statuses_where_nothing_runs(tmp_path: Path) -> None:
    """64 is the caller's, 70 is ours; each with a sentence that says what to do."""
    here = {"SIGNET_STATE": str(tmp_path)}

    assert signet("--version")[0] == 0
    assert signet("nonsense")[0] == 64
    assert signet("run", SIGNET_WINDOW="soon", **here)[0] == 64
    assert "SIGNET_DKIM_ZONE" in signet("run", **here)[1]
    status, sentence = signet("list", "domain", **here)
    assert (status, "start `signet run`" in sentence) == (70, True)


def test_publishing_and_reading(outside: Stranger) -> None:
    """The id alone on stdout; 1 where it is refused, 64 where it cannot be read; JSON on every reading command."""
    domain = outside.new_domain()
    shell = outside.running.shell
    data = json.dumps({"account": "acme", "plan": "BUSINESS", "domain": domain})

    published = shell(f"signet publish domain.registered '{data}' --id by-hand")
    refused = shell("signet publish domain.registered '{}'")
    unread = shell("echo nonsense | signet publish domain.registered -")
    zone = shell(f"signet records {domain} --format zone")
    shown = shell(f"signet show {domain} --json")
    waited = shell(f"signet wait {domain} --timeout 1s")

    assert (published.returncode, published.stdout) == (0, "by-hand\n")
    assert (refused.returncode, unread.returncode, waited.returncode) == (1, 64, 1)
    [one] = json.loads(shown.stdout)["items"]
    assert (one["subject"], one["state"]) == (domain, "pending")
    assert zone.stdout == outside.http.get(f"/v1/domains/{one['id']}/records.zone").text


def test_looking_without_a_database(outside: Stranger, tmp_path: Path) -> None:
    """0 passed, 1 seen and not so, 2 could not tell; the JSON as the contract writes it."""
    accepted = outside.register(outside.new_domain())
    domain = accepted["data"]["domain"]
    file = tmp_path / "records.json"
    file.write_text(json.dumps(accepted["data"]["records"]))
    look = ("check", domain, "--records", str(file), "--json", "--authority-port", str(outside.knot.port))
    server = f"{outside.knot.address}:{outside.knot.port}"
    here = {"SIGNET_EGRESS_ALLOW": "127.0.0.0/8"}

    missing, told = signet(*look, "--resolver", server, **here)
    outside.publish([accepted])
    passed, _ = signet(*look, "--resolver", server, **here)
    refused, unasked = signet(*look, "--resolver", server)
    blind, _ = signet(*look, "--resolver", "127.0.0.1:9", **here)

    assert (missing, passed, refused, blind) == (1, 0, 2, 2)
    assert [record["diagnosis"]["code"] for record in json.loads(unasked)["records"]] == [
        "dns.lame_delegation"
    ] * 2
    said = json.loads(told)
    assert set(said) == {"domain", "outcome", "records", "advisories"}
    assert (said["domain"], said["outcome"]) == (domain, "not_yet")
    assert [advisory["code"] for advisory in said["advisories"]] == ["mx.missing"]
    [first, _] = said["records"]
    assert set(first) == {"type", "name", "expected", "status", "seen", "diagnosis", "servers"}
    assert set(first["servers"][0]) == {"server", "address", "answer", "rcode"}
    assert first["status"] == "missing"


def test_a_window_that_closes_is_resumed_with_the_same_records(tmp_path: Path) -> None:
    """Expired with a diagnosis and a mail; a request opens a new window and is answered."""
    with stranger(tmp_path / "state", SIGNET_WINDOW="3s") as outside:
        domain = outside.new_domain()
        accepted = outside.register(domain, contact={"email": "owner@own.example", "locale": "en"})
        expired = outside.hears("domain.expired", domain)
        request = outside.request("verification", domain)
        outside.post(request)
        again = outside.caused_by(request, "domain.accepted")
        outside.caused_by(request, "domain.checked")

    assert expired["data"]["code"] == expired["data"]["diagnosis"]["code"]
    assert again["data"]["records"] == accepted["data"]["records"]
    assert again["data"]["domain_id"] == accepted["data"]["domain_id"]
    assert again["data"]["deadline"] > accepted["data"]["deadline"]
