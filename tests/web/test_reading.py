"""Reading over HTTP: the feed, identities, records and health."""

import csv
import io
import json
import re
from dataclasses import replace
from threading import Thread
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from domain.diagnosis import Code
from domain.verdict import Outcome, ServerAnswer, Verdict
from tests.conformance import building as conformance
from tests.domain.building import a_finding
from tests.web.site import CLOUDEVENT, Site, registration
from web.resources import Domain


def publish(site: Site, *events: dict[str, Any]) -> None:
    """Publish events, and give what came of them its place in the feed."""
    with site.client(site.key()) as client:
        for event in events:
            assert client.post("/v1/events", json=event, headers=CLOUDEVENT).status_code == 202
    site.number_events()


def test_the_feed_gives_every_event_once(site: Site) -> None:
    """Page by page, from the oldest; `next` is there also at the end."""
    publish(site, *(registration(f"e{number}", domain=f"d{number}.example.org") for number in range(5)))
    seen: list[str] = []
    with site.client(site.key()) as client:
        page = client.get("/v1/events", params={"limit": 2}).json()
        while page["events"]:
            seen += [event["subject"] for event in page["events"]]
            page = client.get("/v1/events", params={"limit": 2, "after": page["next"]}).json()

    assert seen == [f"d{number}.example.org" for number in range(5)]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", page["next"])


def test_the_feed_is_filtered_by_type_and_by_what_the_key_may_see(site: Site) -> None:
    """Short or full names, with a glob; nothing of other accounts."""
    publish(site, registration(), registration("e2", domain="gmail.com"), registration("e3", account="other"))

    def types(key: str, **params: str) -> list[str]:
        with site.client(key) as client:
            return [event["type"] for event in client.get("/v1/events", params=params).json()["events"]]

    everything = site.key()
    assert types(everything, type="domain.accepted") == ["org.signet.domain.accepted.v1"] * 2
    assert types(everything, type="org.signet.*.v1") == types(everything)
    assert types(everything, type="*.refused") == ["org.signet.domain.refused.v1"]
    assert types(site.key("other")) == ["org.signet.domain.accepted.v1"]


def test_a_reader_may_wait_for_the_next_event(site: Site) -> None:
    """The answer comes when the event does, not when the time is over."""
    answers: list[Any] = []

    def read() -> None:
        with site.client(site.key()) as client:
            answers.append(client.get("/v1/events", params={"wait": 30}).json())

    reader = Thread(target=read)
    reader.start()
    publish(site, registration())
    reader.join(20)

    assert len(answers[0]["events"]) == 1


def test_the_stream_goes_on_where_the_reader_left(site: Site) -> None:
    """Server-sent events: id, event, data; Last-Event-ID."""
    publish(site, registration(), registration("e2", domain="example.net"))
    stream = {"Accept": "text/event-stream"}

    def first(headers: dict[str, str]) -> dict[str, str]:
        with site.client(site.key()) as client, client.stream("GET", "/v1/events", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            return dict(next(lines).split(": ", 1) for _ in range(3))

    one = first(stream)
    two = first(stream | {"Last-Event-ID": one["id"]})

    assert one["event"] == "org.signet.domain.accepted.v1"
    assert [json.loads(event["data"])["subject"] for event in (one, two)] == ["example.org", "example.net"]


@pytest.mark.parametrize(
    ("path", "params", "status", "said"),
    [
        ("/v1/events", {"after": "nonsense"}, 410, "This is not a cursor of the feed."),
        ("/v1/events", {"limit": "0"}, 400, "limit: "),
        ("/v1/events", {"wait": "31"}, 400, "wait: "),
        ("/v1/events", {"wait": "nan"}, 400, "wait: "),
        ("/v1/events", {"after": "x" * 65}, 400, "after: "),
        ("/v1/events", {"afer": "x"}, 400, "afer: This parameter is not known."),
        ("/v1/domains", {"acount": "acme"}, 400, "acount: This parameter is not known."),
        ("/v1/domains", {"account": "ac\0me"}, 400, "account: "),
        ("/v1/domains", {"state": "ripe"}, 400, "state: "),
        ("/v1/domains", {"after": "nonsense"}, 400, "after: "),
        ("/v1/domains", {"limit": "1001"}, 400, "limit: "),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(
    site: Site, path: str, params: dict[str, str], status: int, said: str
) -> None:
    """With a problem document that names it: a parameter misspelt must not answer with everything."""
    with site.client(site.key()) as client:
        answer = client.get(path, params=params)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(said)


def test_a_header_that_cannot_be_is_refused(site: Site) -> None:
    """`Last-Event-ID` is held to the length of a cursor."""
    with site.client(site.key()) as client:
        answer = client.get("/v1/events", headers={"Last-Event-ID": "x" * 65})

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("last-event-id: ")


def test_an_empty_parameter_is_as_none(site: Site) -> None:
    """As forms and shell scripts send it."""
    publish(site, registration())
    with site.client(site.key()) as client:
        assert len(client.get("/v1/events", params={"after": "", "type": ""}).json()["events"]) == 1
        assert len(client.get("/v1/domains", params={"after": "", "account": ""}).json()["items"]) == 1


def test_a_domain_is_shown_whole_and_only_to_those_who_may(site: Site) -> None:
    """For another account it does not exist."""
    publish(site, registration(domain="Bücher.example.org"))
    with site.client(site.key("acme")) as client:
        (listed,) = client.get("/v1/domains").json()["items"]
        whole = client.get(f"/v1/domains/{listed['id']}").json()
    with site.client(site.key("other")) as client:
        assert client.get(f"/v1/domains/{listed['id']}").status_code == 404
        assert client.get("/v1/domains", params={"account": "acme"}).json()["items"] == []

    assert whole.items() >= listed.items()
    assert (whole["kind"], whole["state"], whole["generation"], whole["attempt"]) == (
        "domain",
        "pending",
        1,
        0,
    )
    assert whole["subject"] == "xn--bcher-kva.example.org"
    assert [record["status"] for record in whole["records"]] == ["unknown", "unknown"]
    assert [change["state"] for change in whole["history"]] == ["pending"]


def test_a_domain_is_shown_as_the_last_look_saw_it(site: Site) -> None:
    """Each record with its diagnosis, in the form that the interface describes."""
    subject = conformance.register(site.unit)
    (read,) = conformance.awaited(site.unit, conformance.claim(site.unit))
    findings = tuple(
        replace(
            a_finding(record, Code.WRONG_TARGET, "elsewhere.example"),
            servers=(
                ServerAnswer(
                    server="ns1.example.org",
                    address="192.0.2.53",
                    answer=("elsewhere.example",),
                    rcode="NOERROR",
                ),
            ),
            zone="example.org",
            name_servers=("ns.wedos.cz", "ns.wedos.eu"),
        )
        for record in read.identity.challenge.records
    )
    conformance.write(site.unit, [conformance.waiting(read, Verdict(Outcome.NOT_YET, findings))])

    with site.client(site.key()) as client:
        whole = client.get(f"/v1/domains/{subject.id}").json()

    assert Domain.model_validate(whole).model_dump(mode="json") == whole
    assert whole["attempt"] == 1
    assert {record["diagnosis"]["code"] for record in whole["records"]} == {"dns.wrong_target"}
    assert all("Your DNS is run by WEDOS." in one["diagnosis"]["advice"] for one in whole["records"])
    assert [one["server"] for record in whole["records"] for one in record["servers"]] == [
        "ns1.example.org"
    ] * 2


def test_lists_are_cut_into_pages(site: Site) -> None:
    """`next` leads on; null at the end."""
    publish(site, *(registration(f"e{number}", domain=f"d{number}.example.org") for number in range(3)))

    with site.client(site.key()) as client:
        one = client.get("/v1/domains", params={"limit": 2}).json()
        two = client.get("/v1/domains", params={"limit": 2, "after": one["next"]}).json()
        exact = client.get("/v1/domains", params={"limit": 3}).json()
        none = client.get("/v1/domains", params={"state": "verified"}).json()

    assert [item["subject"] for item in one["items"] + two["items"]] == [
        f"d{n}.example.org" for n in range(3)
    ]
    assert (two["next"], exact["next"], none) == (None, None, {"items": [], "next": None})


def test_records_come_in_the_forms_of_dns_people(site: Site) -> None:
    """CSV with CRLF and no final dots, a zone file with them, Terraform, JSON."""
    publish(site, registration())
    with site.client(site.key()) as client:
        (item,) = client.get("/v1/domains").json()["items"]
        forms = {
            form: client.get(f"/v1/domains/{item['id']}/records.{form}")
            for form in ("csv", "zone", "tf", "json")
        }
        assert client.get(f"/v1/domains/{item['id']}/records.xml").status_code == 404

    records = forms["json"].json()
    head, *rows = list(csv.reader(io.StringIO(forms["csv"].text, newline="")))
    assert head == ["type", "name", "value", "purpose"]
    assert rows == [[record[field] for field in head] for record in records]
    assert forms["csv"].text.count("\r\n") == 3
    assert forms["zone"].text.splitlines() == [
        f"{one['name']}. 3600 IN CNAME {one['value']}." for one in records
    ]
    assert forms["tf"].text.startswith("locals {\n  signet_records = [\n")
    assert forms["tf"].text.count("{ type = ") == 2


def test_health_is_told_to_everybody_and_numbers_to_ops(site: Site) -> None:
    """Ready is not alive: what is out of reach is named."""
    with site.client() as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200
        assert client.get("/metrics").status_code == 401
        site.faults["database"] = "out of reach"
        answer = client.get("/readyz")
    with site.client(site.key(rights=("ops",))) as client:
        numbers = client.get("/metrics")

    assert (answer.status_code, answer.json()["faults"]) == (503, {"database": "out of reach"})
    assert "signet_looks_total" in numbers.text


def test_while_the_database_is_away_nothing_is_taken_and_the_publisher_is_told(
    site: Site, database_url: str
) -> None:
    """503 with Retry-After; afterwards the same event is taken."""
    place = make_url(database_url)
    admin = place.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as server, site.client(site.key()) as client:
        name = sql.Identifier(place.database or "")
        server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [place.database]
        )
        answer = client.post("/v1/events", json=registration(), headers=CLOUDEVENT)
        server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
        again = client.post("/v1/events", json=registration(), headers=CLOUDEVENT)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert again.json()["status"] == "accepted"
