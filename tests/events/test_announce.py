"""From what became true to the events that say so."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.challenge import Challenge
from domain.diagnosis import Code
from domain.identity import Cause, Identity, State
from domain.lifecycle import News, Step
from domain.names import NameCode, Refusal
from domain.ports import EventKey, Stamped
from domain.provider import Known, Provider
from domain.registration import not_eligible
from domain.verdict import Outcome
from events.announce import (
    Telling,
    announce,
    announce_account_removed,
    announce_event_refused,
    announce_refusal,
)
from events.catalogue import FieldError
from events.catalogue.domains import DomainRegistered
from events.envelope import Envelope
from tests.domain.building import CHALLENGE, MISSING, START, a_verdict, an_identity

OPENED = Cause(id="e1", source="urn:shop")
ASKED = Cause(id="v1", source="urn:portal", request=7)
AT = START + timedelta(seconds=5, microseconds=678_901)
TELLING = Telling(source="urn:signet", at=AT)
KEY = EventKey(publisher="shop", source="urn:shop", id="e1")
KNOWN = replace(an_identity(), opened_by=OPENED, sequence=3)


def told(step: Step, telling: Telling = TELLING) -> tuple[Identity, list[dict[str, Any]]]:
    """The identity after it, and the events as their readers see them."""
    identity, stamped = announce(step, telling)
    assert all(one.identity_id == step.identity.id and one.account == "acme" for one in stamped)
    return identity, [json.loads(one.body) for one in stamped]


def test_an_event_is_numbered_and_named_by_its_identity_and_says_what_led_to_it() -> None:
    """Sequence without gaps, an id that is the same whenever it is made, the cause of the window."""
    step = Step(identity=KNOWN, due_at=AT, news=(News.ACCEPTED,))

    identity, (event,) = told(step)

    assert identity == replace(KNOWN, sequence=4)
    assert event == {
        "specversion": "1.0",
        "id": f"{KNOWN.id}.4",
        "source": "urn:signet",
        "type": "org.signet.domain.accepted.v1",
        "subject": "example.org",
        "time": "2026-11-23T12:00:05.678Z",
        "datacontenttype": "application/json",
        "sequence": "0000000004",
        "causeid": "e1",
        "causesource": "urn:shop",
        "data": {
            "account": "acme",
            "domain_id": KNOWN.id,
            "domain": "example.org",
            "domain_unicode": "example.org",
            "route": "cloud",
            "records": [
                {"type": "CNAME", "name": record.name, "value": record.value, "purpose": "dkim"}
                for record in CHALLENGE.records
            ],
            "deadline": "2026-11-25T12:00:00.000Z",
            "next_check_at": "2026-11-23T12:00:05.678Z",
        },
    }
    assert announce(step, TELLING) == announce(step, TELLING)


def test_the_domain_is_shown_as_people_read_it() -> None:
    """The A-label, and the U-label beside it."""
    step = Step(identity=replace(KNOWN, subject="xn--bcher-kva.example"), news=(News.REMOVED,))

    _, (event,) = told(step)

    assert (event["data"]["domain"], event["data"]["domain_unicode"]) == (
        "xn--bcher-kva.example",
        "bücher.example",
    )
    assert event["data"]["at"] == "2026-11-23T12:00:05.678Z"


def test_a_name_that_is_none_any_more_is_shown_as_it_is() -> None:
    """What was registered under earlier rules is still told."""
    _, (event,) = told(Step(identity=replace(KNOWN, subject="a b"), news=(News.REMOVED,)))

    assert event["data"]["domain_unicode"] == "a b"


@pytest.mark.parametrize(("records", "by"), [(CHALLENGE, "dns"), (Challenge(), "smtp")])
def test_a_proof_says_what_it_rests_on(records: Challenge, by: str) -> None:
    """DNS, or a login at the owner's own server."""
    identity = replace(an_identity(challenge=records), state=State.VERIFIED)

    _, (event,) = told(Step(identity=identity, news=(News.VERIFIED,)))

    assert event["type"] == "org.signet.domain.verified.v1"
    assert event["data"]["by"] == by
    assert "causeid" not in event


def test_a_look_that_was_asked_for_is_answered_after_its_news_each_request_once() -> None:
    """`domain.checked` carries the request that it answers."""
    step = Step(identity=replace(KNOWN, state=State.VERIFIED), news=(News.DIAGNOSIS_CHANGED,))
    telling = replace(TELLING, attempt=9, verdict=MISSING, requests=(ASKED, replace(ASKED, id="v2")))

    identity, events = told(step, telling)

    assert [event["type"].split(".")[3] for event in events] == ["diagnosis_changed", "checked", "checked"]
    assert [event["causeid"] for event in events] == ["e1", "v1", "v2"]
    assert identity.sequence == 6
    data = events[1]["data"]
    assert (data["outcome"], data["state"], data["attempt"], data["next_check_at"]) == (
        "not_yet",
        "verified",
        9,
        None,
    )
    assert [(record["status"], record["diagnosis"]["code"]) for record in data["records"]] == [
        ("missing", "dns.record_missing"),
        ("missing", "dns.record_missing"),
    ]
    assert "sg1-aaaa" in data["records"][0]["diagnosis"]["advice"]


def test_a_record_that_is_right_has_no_diagnosis() -> None:
    """Null, not an empty one."""
    telling = replace(TELLING, verdict=a_verdict(Outcome.PASSED), requests=(ASKED,))

    _, (event,) = told(Step(identity=KNOWN), telling)

    assert [record["diagnosis"] for record in event["data"]["records"]] == [None, None]


def test_an_expiry_names_what_stood_in_the_way() -> None:
    """The diagnosis and its code; neither where nothing was to be seen."""
    expired = replace(
        KNOWN, state=State.EXPIRED, findings=a_verdict(Outcome.NOT_YET, Code.NAME_DOUBLED).findings
    )

    _, (named,) = told(Step(identity=expired, news=(News.EXPIRED,)))
    _, (blank,) = told(Step(identity=replace(expired, findings=()), news=(News.EXPIRED,)))

    assert named["data"]["code"] == named["data"]["diagnosis"]["code"] == "dns.name_doubled"
    assert {"code", "diagnosis"} & blank["data"].keys() == set()


@pytest.mark.parametrize(
    ("news", "name", "code"),
    [
        (News.AT_RISK, "at_risk", "dns.record_missing"),
        (News.RECOVERED, "recovered", None),
        (News.REVOKED, "revoked", "dns.record_missing"),
    ],
)
def test_what_became_of_a_proven_domain_is_told_with_its_cause(
    news: News, name: str, code: str | None
) -> None:
    """When, and what stands in the way where something does."""
    seen = a_verdict(Outcome.PASSED if code is None else Outcome.NOT_YET)

    _, (event,) = told(Step(identity=replace(KNOWN, findings=seen.findings), news=(news,)))

    assert event["type"] == f"org.signet.domain.{name}.v1"
    assert event["data"]["at"] == "2026-11-23T12:00:05.678Z"
    assert event["data"].get("code") == code
    assert event["data"].get("diagnosis", {}).get("code") == code


def test_the_advice_knows_the_panel_of_the_provider() -> None:
    """Programs show it to owners: at a panel that adds the domain by itself, they type less."""
    panel = Provider(id="panel", name="Panel", name_servers=("ns.panel.example",), appends_domain=Known.YES)
    at_panel = tuple(
        replace(finding, zone="example.org", name_servers=("a.ns.panel.example",))
        for finding in MISSING.findings
    )
    step = Step(identity=replace(KNOWN, findings=at_panel), news=(News.DIAGNOSIS_CHANGED, News.EXPIRED))
    telling = replace(TELLING, verdict=replace(MISSING, findings=at_panel), providers=(panel,))

    _, (changed, expired) = told(step, telling)

    advice = [record["diagnosis"]["advice"] for record in changed["data"]["records"]]
    assert all("Panel adds .example.org by itself." in one for one in advice)
    assert expired["data"]["diagnosis"]["advice"] == advice[0]


def test_what_only_a_mail_says_is_no_event() -> None:
    """Still waiting after a day: the owner hears of it, programs know already."""
    assert told(Step(identity=KNOWN, news=(News.STILL_WAITING,))) == (KNOWN, [])


def test_another_account_proved_the_domain() -> None:
    """Nothing of that account is told."""
    _, (event,) = told(Step(identity=KNOWN, news=(News.CLAIMED_ELSEWHERE,)))

    assert event["type"] == "org.signet.domain.claimed_elsewhere.v1"
    assert event["data"].keys() == {"account", "domain_id", "domain", "domain_unicode", "at"}


@pytest.mark.parametrize(
    ("given", "domain", "shown"),
    [
        ("GMAIL.com", "gmail.com", "gmail.com"),
        ("Bücher.example", "xn--bcher-kva.example", "bücher.example"),
        ("no\u202ename", "no\\u{202e}name", "no\\u{202e}name"),
    ],
)
def test_a_refused_registration_gives_the_name_back_safe_to_show(given: str, domain: str, shown: str) -> None:
    """In its one spelling where it has one."""
    wanted = DomainRegistered(account="acme", domain=given, plan="BUSINESS")

    stamped = announce_refusal(wanted, Refusal(code=NameCode.FREEMAIL, domain=given), KEY, TELLING)
    data = json.loads(stamped.body)["data"]

    assert (data["domain"], data["domain_unicode"], data["code"]) == (domain, shown, "domain.freemail")
    assert (stamped.identity_id, stamped.sequence) == (None, None)


def test_a_refusal_is_the_same_event_whenever_the_same_event_comes() -> None:
    """A redelivery says nothing new."""
    wanted = DomainRegistered(account="acme", domain="example.org", plan="FREE")

    first, again = (announce_refusal(wanted, not_eligible("FREE"), KEY, TELLING) for _ in range(2))
    other = announce_refusal(wanted, not_eligible("FREE"), replace(KEY, id="e2"), TELLING)

    assert first == again
    assert other.id != first.id


def test_an_event_that_was_not_taken_is_answered_by_name() -> None:
    """Its id, source and type, every fault, and the account where it can be read."""
    envelope = Envelope(id="e1", source="urn:shop", type="org.signet.x.v1", data={"account": "acme"})
    errors = (FieldError(field="type", code="event.unknown_type", message="Not known."),)

    def refused(one: Envelope) -> Stamped:
        return announce_event_refused(one, errors, None, "shop", TELLING)

    data = json.loads(refused(envelope).body)["data"]
    assert (data["account"], data["id"], data["source"], data["type"]) == (
        "acme",
        "e1",
        "urn:shop",
        envelope.type,
    )
    assert data["errors"] == [{"field": "type", "code": "event.unknown_type", "message": "Not known."}]
    assert refused(envelope) == refused(envelope)
    assert refused(envelope).id != refused(replace(envelope, data={"account": "acme", "x": 1})).id


def test_a_removed_account_is_told_with_the_same_id_for_the_same_event() -> None:
    """It is about no identity, and about the account."""
    first, again = (announce_account_removed("acme", KEY, TELLING) for _ in range(2))

    assert first == again
    assert (first.account, first.subject, first.identity_id) == ("acme", "acme", None)
    assert json.loads(first.body)["data"] == {"account": "acme", "at": "2026-11-23T12:00:05.678Z"}
