"""What the contract promises of the HTTP interface, tried from outside (product contract, sections 2 and 4)."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.journeys.stranger import Stranger

pytestmark = pytest.mark.timeout(120)

BINARY = {
    "ce-specversion": "1.0",
    "ce-source": "urn:binary",
    "ce-type": "org.signet.domain.registered.v1",
    "Content-Type": "application/json",
}
UNREADABLE = {
    b'{"specversion": "1.0", "id": ': 400,
    b'{"id": "1", "id": "2"}': 400,
    b"\xff\xfe": 400,
    b"[]": 400,
    b'{"specversion": "0.3", "id": "1", "source": "s", "type": "t"}': 400,
    b'{"specversion": "1.0", "id": "", "source": "s", "type": "t"}': 400,
    b'{"a": ' + b"[" * 16 + b"]" * 16 + b"}": 400,
    b" " * 262_145: 413,
}
DATA = {"account": "acme", "plan": "BUSINESS", "domain": "form.example.org"}
BROKEN: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, [("account", "field.missing"), ("domain", "field.missing"), ("plan", "field.missing")]),
    (DATA | {"account": "a b"}, [("account", "field.invalid")]),
    (DATA | {"account": 7}, [("account", "field.type")]),
    (DATA | {"route": "pigeon"}, [("route", "field.invalid")]),
    (DATA | {"contact": {"email": "nobody", "locale": "cs"}}, [("contact.email", "field.invalid")]),
    (DATA | {"contact": {"email": "a@example.org"}}, [("contact.locale", "field.missing")]),
]


def problem(answer: httpx.Response) -> tuple[int, str | None]:
    """Status and code of an error, which is a problem document (RFC 9457)."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["title"]
    return answer.status_code, document.get("code")


@pytest.fixture(scope="module")
def small_key(outside: Stranger) -> Iterator[httpx.Client]:
    """A client whose key is for one account only."""
    made = outside.running.shell("signet keys api create --publisher small --account small")
    assert made.returncode == 0, made.stderr
    [key] = made.stdout.split()
    with httpx.Client(base_url=outside.http.base_url, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def test_what_cannot_be_read_is_refused_with_a_problem_document(outside: Stranger) -> None:
    """400 unreadable, 413 too large, 415 of a kind that is not known, 405 and 404 as everywhere."""
    for octets, status in UNREADABLE.items():
        assert problem(outside.post(octets))[0] == status, octets[:40]

    assert problem(outside.http.post("/v1/events", json={}))[0] == 415
    assert problem(outside.http.put("/v1/events"))[0] == 405
    assert problem(outside.http.get("/v1/nothing"))[0] == 404
    assert problem(outside.http.get("/v1/domains", params={"limit": "1001"}))[0] == 400


def test_what_breaks_a_rule_of_form_is_422_and_no_event_is_made(outside: Stranger) -> None:
    """Every field that is wrong is named with its code; the same pair may come again corrected."""
    for data, errors in BROKEN:
        answer = outside.post(outside.event("domain.registered", data))
        assert problem(answer)[0] == 422
        assert sorted((error["field"], error["code"]) for error in answer.json()["errors"]) == errors
        assert {error["index"] for error in answer.json()["errors"]} == {0}
    event = outside.event("domain.registered", {"account": "acme"})
    outside.post(event)

    corrected = outside.post(event | {"data": DATA | {"domain": outside.new_domain()}})

    assert corrected.json()["status"] == "accepted"
    outside.caused_by(event, "domain.accepted")
    refused = outside.http.get("/v1/events", params={"type": "event.refused"}).json()
    assert [one for one in refused["events"] if one["data"]["source"] == event["source"]] == []


def test_unknown_types_and_strange_subjects_are_refused_and_unknown_fields_are_not(outside: Stranger) -> None:
    """Unknown fields are ignored; a subject is the identity's, or left out."""
    domain = outside.new_domain()

    unknown = outside.post(outside.event("domain.painted", {}))
    strange = outside.post(outside.registration(domain) | {"subject": "other.example.org"})
    extended = outside.post(outside.registration(domain, paint="blue") | {"subject": domain, "brush": "x"})

    assert problem(unknown) == (422, "event.unknown_type")
    assert [error["field"] for error in strange.json()["errors"]] == ["subject"]
    assert extended.status_code == 202


def test_the_same_pair_again_changes_nothing(outside: Stranger) -> None:
    """`id` and `source` make an event, whatever else differs."""
    first, other = outside.new_domain(), outside.new_domain()
    event = outside.registration(first)

    answers = [
        outside.post(event),
        outside.post(event | {"data": DATA | {"domain": other}}),
        outside.post([event, event]),
        outside.post(event | {"source": "urn:another"}),
    ]

    statuses = [answer.json() for answer in answers]
    assert statuses[0]["status"] == "accepted"
    assert statuses[1]["status"] == "duplicate"
    assert [one["status"] for one in statuses[2]] == ["duplicate", "duplicate"]
    assert statuses[3]["status"] == "accepted"
    assert outside.told(other) == []


def test_a_batch_is_taken_whole_or_not_at_all(outside: Stranger) -> None:
    """A thousand events at most; the index of what is wrong is named."""
    good, bad = (
        outside.registration(outside.new_domain()),
        outside.event("domain.registered", DATA | {"plan": 1}),
    )

    refused = outside.post([good, bad])
    taken = outside.post([good, outside.registration(outside.new_domain())])
    many = outside.post([outside.registration("x.example.org")] * 1001)

    assert problem(refused)[0] == 422
    assert [(error["index"], error["field"]) for error in refused.json()["errors"]] == [(1, "plan")]
    assert [one["status"] for one in taken.json()] == ["accepted", "accepted"]
    assert problem(many)[0] == 413


def test_binary_mode_says_the_same_as_structured(outside: Stranger) -> None:
    """Attributes as `ce-` headers, the data as the body; percent-encoded where need be."""
    data = json.dumps(DATA | {"domain": outside.new_domain()})

    answers = [
        outside.http.post("/v1/events", content=data, headers=BINARY | {"ce-id": "binary%20one"})
        for _ in range(2)
    ]
    headless = outside.http.post("/v1/events", content=data, headers=BINARY)

    assert answers[0].json() == {"id": "binary one", "source": "urn:binary", "status": "accepted"}
    assert answers[1].json()["status"] == "duplicate"
    assert problem(headless)[0] == 400


def test_without_a_key_only_what_is_public_answers(outside: Stranger) -> None:
    """401 everywhere else, with the way to do it."""
    with httpx.Client(base_url=outside.http.base_url) as nobody:
        public = {path: nobody.get(path).status_code for path in ("/healthz", "/readyz", "/docs", "/mailbox")}
        closed = [nobody.get(path) for path in ("/v1/events", "/v1/domains", "/v1/domains/x", "/metrics")]
        docs = nobody.get("/docs").text

    assert set(public.values()) == {200}
    assert [problem(answer)[0] for answer in closed] == [401] * 4
    assert {answer.headers["WWW-Authenticate"] for answer in closed} == {"Bearer"}
    assert "https://" not in docs


def test_a_key_sees_nothing_of_other_accounts(outside: Stranger, small_key: httpx.Client) -> None:
    """404, not 403; publishing for another account is `event.not_allowed`."""
    accepted = outside.register(outside.new_domain())
    headers = {"Content-Type": "application/cloudevents+json"}
    mine = outside.registration(outside.new_domain(), "small")
    theirs = json.dumps(outside.registration(outside.new_domain()))

    one = small_key.get(f"/v1/domains/{accepted['data']['domain_id']}")
    forbidden = small_key.post("/v1/events", content=theirs, headers=headers)
    allowed = small_key.post("/v1/events", content=json.dumps(mine), headers=headers)
    outside.caused_by(mine, "domain.accepted")
    seen = small_key.get("/v1/events", params={"limit": "1000"}).json()["events"]

    assert problem(one)[0] == 404
    assert problem(forbidden) == (403, "event.not_allowed")
    assert allowed.status_code == 202
    assert {event["data"]["account"] for event in seen} == {"small"}
    assert {item["account"] for item in small_key.get("/v1/domains").json()["items"]} == {"small"}


def walk(outside: Stranger, **asked: str) -> list[str]:
    """Every id of the feed, page by page."""
    cursor = ""
    ids: list[str] = []
    while True:
        page = outside.http.get("/v1/events", params=asked | ({"after": cursor} if cursor else {})).json()
        assert len(page["next"]) <= 64
        if not page["events"]:
            return ids
        ids += [event["id"] for event in page["events"]]
        cursor = page["next"]


def test_every_event_appears_once_whatever_the_page(outside: Stranger) -> None:
    """Cursors are opaque; a glob takes short and full names; a wait ends with the first event."""
    outside.register(outside.new_domain())

    small, large = (
        walk(outside, limit="2", type="domain.acc*"),
        walk(outside, type="org.signet.domain.accepted.v1"),
    )

    assert len(small) == len(set(small)) > 0
    assert small == large[: len(small)]
    assert problem(outside.http.get("/v1/events", params={"wait": "31"}))[0] == 400


def test_the_feed_as_a_stream_goes_on_after_the_last_event_id(outside: Stranger) -> None:
    """`id:` is the cursor, `event:` the type, `data:` the event."""
    for _ in range(2):
        outside.register(outside.new_domain())
    page = outside.http.get("/v1/events", params={"limit": "1"}).json()
    second = outside.http.get("/v1/events", params={"limit": "1", "after": page["next"]}).json()
    headers = {"Accept": "text/event-stream", "Last-Event-ID": page["next"]}
    fields: dict[str, str] = {}

    with outside.http.stream("GET", "/v1/events", headers=headers) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if not line and fields:
                break
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value

    assert fields["id"] == second["next"]
    assert fields["event"] == second["events"][0]["type"]
    assert json.loads(fields["data"]) == second["events"][0]


def test_a_domain_is_shown_with_its_records_and_history(outside: Stranger) -> None:
    """The names of the contract, and no other; a page names the next one."""
    domain = outside.new_domain()
    accepted = outside.register(domain)
    outside.hears("domain.diagnosis_changed", domain)

    one = outside.http.get(f"/v1/domains/{accepted['data']['domain_id']}").json()
    page = outside.http.get("/v1/domains", params={"account": "acme", "limit": "1"}).json()

    assert set(one) >= {
        *("id", "kind", "account", "subject", "state", "generation", "created_at", "deadline"),
        *("next_check_at", "attempt", "records", "history"),
    }
    assert set(one["records"][0]) >= {"type", "name", "expected", "status", "seen", "diagnosis", "servers"}
    assert set(one["records"][0]["servers"][0]) == {"server", "address", "answer", "rcode"}
    assert [(entry["state"], entry["event_id"]) for entry in one["history"]] == [("pending", accepted["id"])]
    assert len(page["items"]) == 1
    following = outside.http.get("/v1/domains", params={"after": page["next"], "limit": "1"}).json()
    assert following["items"][0]["id"] != page["items"][0]["id"]


def test_records_come_in_four_forms_byte_by_byte(outside: Stranger) -> None:
    """CSV per RFC 4180, zone with final dots and a TTL of 3600, Terraform locals, JSON."""
    accepted = outside.register(outside.new_domain())
    path = f"/v1/domains/{accepted['data']['domain_id']}/records."
    records = accepted["data"]["records"]

    forms = {form: outside.http.get(path + form).text for form in ("csv", "zone", "tf", "json")}

    assert forms["csv"] == "type,name,value,purpose\r\n" + "".join(
        f"CNAME,{record['name']},{record['value']},dkim\r\n" for record in records
    )
    assert forms["zone"] == "".join(
        f"{record['name']}. 3600 IN CNAME {record['value']}.\n" for record in records
    )
    assert forms["tf"].startswith("locals {\n  signet_records = [\n")
    assert json.loads(forms["json"]) == records
    assert problem(outside.http.get(path + "xml"))[0] == 404
