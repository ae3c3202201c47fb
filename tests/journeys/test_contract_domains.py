"""What the contract promises of a sending domain, tried from outside (product contract, sections 1.1, 1.6 and 2)."""

import re
from datetime import datetime, timedelta

import idna
import pytest

from tests.journeys.stranger import ZONE, Stranger
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.timeout(120)

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REFUSED = {
    "co.uk": "domain.public_suffix",
    "github.io": "domain.public_suffix",
    "gmail.com": "domain.freemail",
    "mail.SEZNAM.cz": "domain.freemail",
    "localhost": "domain.single_label",
    "192.0.2.1": "domain.ip_literal",
    "[2001:db8::1]": "domain.ip_literal",
    "info@example.org": "domain.invalid",
    "http://example.org": "domain.invalid",
    "a..example.org": "domain.invalid",
    "x\u202e.example.org": "domain.invalid",
    "x\x00.example.org": "domain.invalid",
    f"{'a' * 64}.example.org": "domain.too_long",
    "a" * 65_536: "domain.too_long",
}


def test_a_registration_is_answered_with_two_records_and_a_deadline(outside: Stranger) -> None:
    """The event as the contract writes it: names, times, causes, two different tokens."""
    domain = outside.new_domain()
    registered = outside.registration(domain.upper() + ".")
    assert outside.post(registered).json() == {
        "id": registered["id"],
        "source": "urn:stranger",
        "status": "accepted",
    }

    accepted = outside.caused_by(registered, "domain.accepted")

    assert {
        name: accepted[name] for name in ("specversion", "source", "subject", "sequence", "causesource")
    } == {
        "specversion": "1.0",
        "source": "urn:signet",
        "subject": domain,
        "sequence": "0000000001",
        "causesource": "urn:stranger",
    }
    data = accepted["data"]
    assert set(data) == {
        *("account", "domain_id", "domain", "domain_unicode"),
        *("route", "records", "deadline", "next_check_at"),
    }
    assert all(MOMENT.fullmatch(at) for at in (accepted["time"], data["deadline"], data["next_check_at"]))
    assert moment(data["deadline"]) - moment(accepted["time"]) == timedelta(hours=48)
    assert re.fullmatch("[A-Za-z0-9_-]{1,64}", data["domain_id"])
    tokens = [
        re.fullmatch(rf"{selector}-([a-z2-7]{{26}})\._domainkey\.{re.escape(domain)}", record["name"])
        for selector, record in zip(("sg1", "sg2"), data["records"], strict=True)
    ]
    assert [record["value"] for record in data["records"]] == [
        f"sg{number}-{token.group(1)}.{ZONE}" for number, token in enumerate(tokens, start=1) if token
    ]
    assert len({record["value"] for record in data["records"]}) == 2


def moment(text: str) -> datetime:
    """A time of the wire."""
    return datetime.fromisoformat(text)


def test_names_that_cannot_be_proven_are_refused_each_with_its_code(outside: Stranger) -> None:
    """A refusal of the matter: taken with 202, answered by an event, and no identity is made."""
    asked = {name: outside.registration(name) for name in REFUSED}
    assert outside.post(list(asked.values())).status_code == 202

    answers = {name: outside.caused_by(event, "domain.refused") for name, event in asked.items()}

    assert {name: answer["data"]["code"] for name, answer in answers.items()} == REFUSED
    assert all("sequence" not in answer and answer["data"]["message"] for answer in answers.values())


def test_a_u_label_is_shown_beside_its_a_label(outside: Stranger) -> None:
    """Parsed once, by IDNA 2008: ß stays ß."""
    name = f"straße-{outside.new_domain()}"

    registered = outside.registration(name)
    outside.post(registered)
    accepted = outside.caused_by(registered, "domain.accepted")

    assert accepted["subject"] == accepted["data"]["domain"] == idna.encode(name).decode()
    assert accepted["data"]["domain_unicode"] == name


def test_a_plan_that_is_not_eligible_is_refused_and_changes_nothing(outside: Stranger) -> None:
    """Plans are compared without case; a domain that is known keeps its life."""
    domain = outside.new_domain()
    accepted = outside.register(domain, plan="bUsInEsS")

    poor = outside.registration(domain, plan="FREE")
    outside.post(poor)

    assert outside.caused_by(poor, "domain.refused")["data"]["code"] == "plan.not_eligible"
    one = outside.http.get(f"/v1/domains/{accepted['data']['domain_id']}").json()
    assert (one["state"], one["deadline"]) == ("pending", accepted["data"]["deadline"])


def test_registering_again_resets_nothing(outside: Stranger) -> None:
    """Accepted again with the same id, records and deadline; a contact that is not named stays."""
    domain = outside.new_domain()
    first = outside.register(domain, contact={"email": f"owner@{domain}", "locale": "cs-CZ"})

    second = outside.register(domain)

    for same in ("domain_id", "records", "deadline"):
        assert second["data"][same] == first["data"][same]
    assert int(second["sequence"]) > int(first["sequence"])
    outside.publish([first])
    outside.hears("domain.verified", domain)
    wait_until(lambda: f"owner@{domain}" in outside.http.get("/mailbox").text, what="the mail to the owner")


def test_what_is_missing_is_told_and_a_record_that_appears_verifies(outside: Stranger) -> None:
    """The first look at once, the next within the ten seconds promised; verified once, by DNS."""
    domain = outside.new_domain()
    accepted = outside.register(domain)
    told = outside.hears("domain.diagnosis_changed", domain)
    looked = moment(told["time"]) - moment(accepted["time"])

    outside.publish([accepted])
    verified = outside.hears("domain.verified", domain)

    assert looked < timedelta(seconds=5)
    assert (told["data"]["outcome"], told["data"]["state"]) == ("not_yet", "pending")
    assert [record["status"] for record in told["data"]["records"]] == ["missing", "missing"]
    diagnosis = told["data"]["records"][0]["diagnosis"]
    assert set(diagnosis) == {"code", "summary", "advice", "seen", "expected", "servers"}
    assert verified["data"]["by"] == "dns"
    assert [event["sequence"] for event in outside.told(domain)] == ["0000000001", "0000000002", "0000000003"]


def test_asking_again_never_harms_and_is_answered_each_time(outside: Stranger) -> None:
    """A verified domain whose records are gone stays verified; the seventh request in a minute is 429."""
    domain = outside.new_domain()
    outside.unpublish(outside.verified(domain))

    asked = [outside.request("verification", domain) for _ in range(7)]
    answers = [outside.post(event) for event in asked]

    assert [answer.status_code for answer in answers] == [202] * 6 + [429]
    assert answers[-1].json()["code"] == "rate.limited"
    assert MOMENT.fullmatch(answers[-1].json()["retry_at"])
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    for event in asked[:6]:
        checked = outside.caused_by(event, "domain.checked")["data"]
        assert (checked["outcome"], checked["state"]) == ("not_yet", "verified")
    told = [event["sequence"] for event in outside.told(domain)]
    assert told == [f"{number:010}" for number in range(1, len(told) + 1)]


def test_another_account_that_proves_the_domain_is_told_of_to_the_first(outside: Stranger) -> None:
    """Also after a burst of requests: each has its own records, neither blocks the other."""
    domain = outside.new_domain()
    ours = outside.verified(domain)
    for event in [outside.request("verification", domain) for _ in range(3)]:
        outside.post(event)
    theirs = outside.register(domain, "rival")

    outside.publish([theirs])
    told = outside.hears("domain.claimed_elsewhere", domain)

    assert set(told["data"]) == {"account", "domain_id", "domain", "domain_unicode", "at"}
    assert told["data"]["domain_id"] == ours["data"]["domain_id"]
    assert not {record["name"] for record in ours["data"]["records"]} & {
        record["name"] for record in theirs["data"]["records"]
    }


def test_after_removal_a_new_registration_has_a_new_id_and_new_records(outside: Stranger) -> None:
    """The next generation; whoever asks for the old one is told that there is none."""
    domain = outside.new_domain()
    first = outside.register(domain)
    removal = outside.request("removal", domain)
    outside.post(removal)
    outside.caused_by(removal, "domain.removed")
    unknown = outside.post(outside.request("verification", domain))

    second = outside.register(domain)

    assert (unknown.status_code, unknown.json()["code"]) == (422, "domain.unknown")
    assert second["sequence"] == "0000000001"
    assert second["data"]["domain_id"] != first["data"]["domain_id"]
    assert second["data"]["records"] != first["data"]["records"]
    one = outside.http.get(f"/v1/domains/{second['data']['domain_id']}").json()
    assert one["generation"] == 2


def test_route_smtp_issues_no_records(outside: Stranger) -> None:
    """No proof by DNS is made; every form of records is empty."""
    accepted = outside.register(outside.new_domain(), route="smtp")
    path = f"/v1/domains/{accepted['data']['domain_id']}/records."

    forms = {form: outside.http.get(path + form).text for form in ("csv", "zone", "tf", "json")}

    assert (accepted["data"]["route"], accepted["data"]["records"]) == ("smtp", [])
    assert (forms["csv"], forms["zone"]) == ("type,name,value,purpose\r\n", "")
