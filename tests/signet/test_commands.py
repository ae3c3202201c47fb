"""What each command prints, and the status that it leaves with."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from domain.ports import Work
from infra.db.engine import connect
from infra.db.unit_of_work import units
from infra.settings import Settings
from tests.infra.mail.dkim_ground import rsa_pem
from tests.signet.conftest import Command

REGISTERED = '{"account": "acme", "plan": "BUSINESS", "domain": "example.org"}'


def register(signet: Command, domain: str = "example.org") -> None:
    """A domain of the account acme."""
    data = {"account": "acme", "plan": "BUSINESS", "domain": domain}
    assert signet("publish", "domain.registered", json.dumps(data)).status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("list",),
        ("list", "planets"),
        ("list", "domain", "--colour"),
        ("publish", "domain.registered", "{bad"),
        ("publish", "nothing.known", "{}"),
        ("records", "example.org", "--format", "carving"),
        ("wait", "example.org", "--timeout", "soon"),
        ("worker", "--queue", "signet.nothing"),
        ("run", "--exit"),
        ("keys", "api", "create", "--publisher", "p", "--account", "a", "--right", "fly"),
        ("dead-letters", "list"),
        ("dead-letters", "drop"),
        ("intake",),
        ("restore", "/nowhere/at/all"),
    ],
)
def test_wrong_usage_ends_with_64_and_a_sentence(signet: Command, arguments: tuple[str, ...]) -> None:
    """Never typer's 2, and never a traceback."""
    ran = signet(*arguments)

    assert ran.status == 64
    assert ran.err.strip()
    assert "Traceback" not in ran.err


def test_a_wrong_setting_stops_every_command(signet: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says which, and why."""
    monkeypatch.setenv("SIGNET_WINDOW", "two days")

    ran = signet("list", "domain")

    assert (ran.status, ran.out) == (64, "")
    assert ran.err.startswith("SIGNET_WINDOW cannot be used: a duration is")


def test_while_the_database_is_away_a_command_ends_with_70(
    signet: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours, or out of reach; and the embedded one is to be started."""
    monkeypatch.delenv("SIGNET_DATABASE_URL")

    ran = signet("list", "domain")

    assert ran.status == 70
    assert "start `signet run`" in ran.err


def test_publishing_prints_the_id_and_says_what_is_refused(signet: Command) -> None:
    """0 and the id; 1 and every fault. The same id again is no fault."""
    first = signet("publish", "domain.registered", REGISTERED, "--id", "e1")
    again = signet("publish", "org.signet.domain.registered.v1", REGISTERED, "--id", "e1")
    refused = signet("publish", "domain.registered", '{"account": "acme"}')

    assert (first.status, first.out) == (0, "e1\n")
    assert (again.status, again.out) == (0, "e1\n")
    assert refused.status == 1
    assert "field.missing" in refused.err


def test_what_there_is_is_listed_and_shown(signet: Command) -> None:
    """For people and, with --json, for programs; in the shape of the HTTP resource."""
    register(signet)

    (item,) = signet("list", "domain", "--json").json["items"]
    (whole,) = signet("show", "example.org", "--json").json["items"]

    assert (item["subject"], item["state"], item["account"]) == ("example.org", "pending", "acme")
    assert whole.items() >= item.items()
    assert signet("list", "domain", "--state", "verified", "--json").json["items"] == []
    assert "example.org" in signet("list", "domain").out
    assert "dkim.signet.example" in signet("show", "example.org").out
    assert signet("show", "unknown.example").status == 1


def test_what_is_printed_into_a_pipe_has_no_endless_lines(signet: Command) -> None:
    """A page shown to another program is as wide as its text."""
    register(signet)

    for arguments in (("show", "example.org"), ("list", "domain"), ("settings",), ("doctor",)):
        assert max(map(len, signet(*arguments).out.splitlines())) < 400


def test_records_are_printed_in_every_form(signet: Command) -> None:
    """The same as over HTTP, octet by octet."""
    register(signet)

    records = json.loads(signet("records", "example.org", "--format", "json").out)
    zone = signet("records", "example.org", "--format", "zone").out
    csv = signet("records", "example.org", "--format", "csv").out
    terraform = signet("records", "example.org", "--format", "terraform").out

    assert zone.splitlines() == [f"{one['name']}. 3600 IN CNAME {one['value']}." for one in records]
    assert csv.splitlines(keepends=True)[0] == "type,name,value,purpose\r\n"
    assert terraform.startswith("locals {")
    assert all(one["value"] in signet("records", "example.org").out for one in records)


def test_waiting_ends_with_what_became_of_it(signet: Command) -> None:
    """1 while it is not verified, also where the time is over; it was seen clearly."""
    register(signet)

    assert signet("wait", "example.org", "--timeout", "1s").status == 1
    signet("publish", "domain.removal_requested", '{"account": "acme", "domain": "example.org"}')
    assert signet("wait", "example.org").status == 1


@pytest.mark.parametrize(
    ("state", "status"),
    [("verified", 0), ("at_risk", 1), ("failed", 1), ("expired", 1), ("revoked", 1)],
)
def test_waiting_returns_at_once_where_all_is_settled(
    signet: Command, database_url: str, state: str, status: int
) -> None:
    """0 where it is verified, 1 where not; what is at risk is not as it should be. Listed by its state too."""
    register(signet)
    engine = connect(database_url, role="test")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE identities SET state = '{state}'")
    engine.dispose()

    ran = signet("wait", "example.org")

    assert (ran.status, ran.out) == (status, f"example.org (acme) is {state}.\n")
    assert len(signet("list", "domain", "--state", state, "--json").json["items"]) == 1


def test_the_feed_is_read_line_by_line(signet: Command, database_url: str) -> None:
    """Each event is one JSON document for programs."""
    register(signet)
    engine = connect(database_url, role="test")
    with units(engine)() as work:
        work.outbox.number_new(10)
        work.commit()
    engine.dispose()

    lines = signet("events", "--json").out.splitlines()

    assert [json.loads(line)["type"] for line in lines] == ["org.signet.domain.accepted.v1"]
    assert signet("events", "--type", "domain.verified", "--json").out == ""
    assert "domain.accepted" in signet("events").out


def test_a_key_is_printed_once_and_alone(signet: Command) -> None:
    """Later only what it allows is known; revoked, it is so for good."""
    made = signet("keys", "api", "create", "--publisher", "shop", "--account", "acme", "--right", "read")
    (listed,) = signet("keys", "api", "list", "--json").json["items"]

    assert made.out.startswith("signet_")
    assert made.out.count("\n") == 1
    assert made.out.strip() not in json.dumps(listed)
    assert (listed["publisher"], listed["accounts"], listed["rights"]) == ("shop", ["acme"], ["read"])
    assert signet("keys", "api", "revoke", listed["id"]).status == 0
    assert signet("keys", "api", "revoke", listed["id"]).status == 1


def test_every_setting_is_shown_and_no_password(signet: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name, value, default, meaning."""
    monkeypatch.setenv("SIGNET_RELAY_URL", "smtps://user:canary@relay.example:465")

    shown = signet("settings", "--json").json

    assert {row["name"] for row in shown} == {f"SIGNET_{name.upper()}" for name in Settings.model_fields}
    assert all(row["meaning"] for row in shown)
    assert "canary" not in json.dumps(shown)
    assert "canary" not in signet("settings").out


def test_the_doctor_says_what_works_and_what_does_not(
    signet: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 where all works; 1 and the next step where something is broken."""
    well = signet("doctor", "--invariants", "--json")
    monkeypatch.setenv("SIGNET_RELAY_URL", "smtp+plain://127.0.0.1:9")
    ill = signet("doctor", "--json")

    assert well.status == 0, well.out
    assert {check["state"] for check in well.json["checks"]} == {"works"}
    assert well.json["violations"] == []
    assert ill.status == 1
    (broken,) = [check for check in ill.json["checks"] if check["state"] == "broken"]
    assert broken["part"] == "relay"
    assert "SIGNET_RELAY_URL" in broken["advice"]


def test_the_doctor_warns_of_a_signature_that_does_not_count(
    signet: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Our mails may be signed by a domain that is not their sender's: allowed, and of no use for DMARC."""
    (tmp_path / "key.pem").write_bytes(rsa_pem())
    monkeypatch.setenv("SIGNET_MAIL_FROM", "no-reply@example.com")
    monkeypatch.setenv("SIGNET_DKIM_DOMAIN", "example.net")
    monkeypatch.setenv("SIGNET_DKIM_SELECTOR", "s1")
    monkeypatch.setenv("SIGNET_DKIM_KEY", str(tmp_path / "key.pem"))

    [found] = [check for check in signet("doctor", "--json").json["checks"] if check["part"] == "DMARC"]

    assert found["state"] == "works"
    assert "SIGNET_MAIL_FROM" in found["advice"]


def test_the_doctor_misses_openssl(signet: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without it every upload would be a fault of ours."""
    monkeypatch.setenv("PATH", str(tmp_path))

    checks = signet("doctor", "--json").json["checks"]

    assert [check["part"] for check in checks if check["state"] == "broken"] == ["openssl"]


def test_what_was_parked_is_shown_and_freed_by_the_doctor(signet: Command, database_url: str) -> None:
    """Five failures of our own park a thing; a person lets it run again."""
    register(signet)
    engine = connect(database_url, role="test")
    for _ in range(5):
        with units(engine)() as work:
            (ticket,) = work.schedule.claim(Work.DNS_FRESH, limit=1, lease=timedelta(0))
            work.schedule.failed(ticket, again_after=timedelta(0))
            work.commit()
    engine.dispose()

    found = signet("doctor", "--json")
    freed = signet("doctor", "--free", "--json")

    assert found.status == 1
    assert "parked" in found.json["checks"][0]["seen"]
    assert freed.status == 0
    assert signet("doctor").status == 0


def test_version_and_help_are_there(signet: Command) -> None:
    """And every command is named in the help."""
    assert signet("--version").out.startswith("signet ")
    listed = signet("--help").out
    for command in (
        "run",
        "intake",
        "worker",
        "dispatcher",
        "web",
        "migrate",
        "publish",
        "events",
        "list",
        "show",
    ):
        assert f" {command} " in listed
    for command in ("check", "records", "wait", "mailbox", "dead-letters", "keys", "settings", "doctor"):
        assert f" {command} " in listed
