"""What every answer has, whatever was asked: headers, one line in the log, and an end without our insides."""

import socket
from collections.abc import Iterator, MutableMapping
from typing import Any

import psycopg
import pytest
import structlog
from sqlalchemy import make_url

from tests.servers.waiting import wait_until
from tests.web.site import CLOUDEVENT, Site, registration
from web.pace import Pace

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def pace() -> Pace:
    """Little patience with slow bodies."""
    return Pace(body=0.2)


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is written to the log."""
    with structlog.testing.capture_logs() as written:
        yield written


def line(lines: Lines, event: str) -> MutableMapping[str, Any]:
    """The one line of an event, which may be written a moment after the answer came."""
    (found,) = wait_until(lambda: [one for one in lines if one["event"] == event], what=event)
    return found


def test_every_answer_carries_our_headers_and_every_error_is_a_problem(site: Site) -> None:
    """No sniffing, no referrer, no cache, no server's name; 404 and 405 in the same form."""
    with site.client() as client:
        answers = [
            client.get("/nothing"),
            client.put("/healthz"),
            client.get("/v1/events/"),
            client.get("/healthz"),
        ]

    assert [answer.status_code for answer in answers] == [404, 405, 404, 200]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "server" not in answer.headers
    for answer in answers[:3]:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def test_a_request_leaves_one_line_without_what_was_in_it(site: Site, lines: Lines) -> None:
    """The form of the path alone: no id, no query, no key."""
    key = site.key()
    with site.client(key) as client:
        client.get("/v1/domains/7b0c/records.csv", params={"private": "matter"})
    written = line(lines, "request.done")

    assert written["path"] == "/v1/domains/{domain_id}/records.{form}"
    assert (written["method"], written["status"], written["log_level"]) == ("GET", 404, "info")
    assert not any(word in str(lines) for word in ("7b0c", "private", "matter", key, "Bearer"))


def test_being_watched_is_not_worth_a_line(site: Site, lines: Lines) -> None:
    """A probe comes every few seconds: said at the level of whoever looks closely."""
    with site.client() as client:
        client.get("/healthz")

    assert line(lines, "request.done")["log_level"] == "debug"


def test_head_is_answered_as_get_without_its_body(site: Site) -> None:
    """RFC 9110, section 9.3.2; a stream's HEAD does not go on for ever."""
    with site.client(site.key()) as client:
        whole, head = client.get("/v1/domains"), client.head("/v1/domains")
        stream = client.head("/v1/events", headers={"Accept": "text/event-stream"})

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert (stream.status_code, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


def test_a_path_says_which_methods_it_has(site: Site) -> None:
    """All of them, also where they stand apart in the code; OPTIONS needs no key."""
    with site.client() as client:
        asked, wrong = client.options("/v1/events"), client.delete("/v1/events")

    assert (asked.status_code, asked.content) == (204, b"")
    assert wrong.status_code == 405
    assert asked.headers["Allow"] == wrong.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_fault_of_ours_is_written_down_and_not_shown(site: Site, database_url: str, lines: Lines) -> None:
    """500 in the form of every error; the kind of the fault stands in the log."""
    place = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(place, autocommit=True) as database:
        database.execute("ALTER TABLE identities RENAME COLUMN subject TO elsewhere")
    with site.client(site.key()) as client:
        answer = client.get("/v1/domains")

    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "subject" not in answer.text
    assert line(lines, "request.failed")["error"] == "ProgrammingError"
    assert line(lines, "request.done")["status"] == 500


def begin(site: Site, announced: int) -> socket.socket:
    """A publisher that has sent its headers, and not yet a body."""
    host, port = site.url.removeprefix("http://").split(":")
    publisher = socket.create_connection((host, int(port)), timeout=20)
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {site.key()}\r\n"
        f"Content-Type: {CLOUDEVENT['Content-Type']}\r\nContent-Length: {announced}\r\n\r\n"
    )
    publisher.sendall(head.encode())
    return publisher


def test_a_body_that_does_not_come_is_not_waited_for(site: Site) -> None:
    """408: else whoever opens enough connections keeps all others out."""
    with begin(site, announced=100) as publisher:
        assert publisher.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_body_announced_too_large_is_not_read(site: Site) -> None:
    """413 before its first octet was sent."""
    with begin(site, announced=262_145) as publisher:
        assert publisher.recv(100).startswith(b"HTTP/1.1 413 ")


def test_who_hangs_up_is_no_fault(site: Site, lines: Lines) -> None:
    """A body that breaks off is nobody's error but the line's."""
    begin(site, announced=100).close()

    assert line(lines, "request.left")["path"] == "/v1/events"
    assert not [one for one in lines if one["event"] == "request.failed"]


@pytest.mark.parametrize(
    "headers",
    [
        CLOUDEVENT | {"Content-Encoding": "gzip"},
        {"Content-Type": "application/cloudevents+xml"},
        {"Content-Type": "application/cloudevents-batch+jsonx"},
        {"Content-Type": "text/xml", "ce-specversion": "1.0"},
    ],
)
def test_what_is_not_json_is_not_guessed_at(site: Site, headers: dict[str, str]) -> None:
    """415, whatever the octets look like."""
    with site.client(site.key()) as client:
        answer = client.post("/v1/events", json=registration(), headers=headers)

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "media_type", ["Application/CloudEvents+JSON; charset=UTF-8", "application/cloudevents+json"]
)
def test_a_media_type_may_be_spelt_as_its_rfc_allows(site: Site, media_type: str) -> None:
    """Any case, with parameters (RFC 9110, section 8.3.1)."""
    with site.client(site.key()) as client:
        answer = client.post("/v1/events", json=registration(), headers={"Content-Type": media_type})

    assert answer.status_code == 202
