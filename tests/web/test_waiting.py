"""Readers who wait: they cost next to nothing, are let go when they leave, and end when we do."""

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
import structlog

from infra.db.unit_of_work import SqlUnitOfWork
from tests.servers.waiting import wait_until
from tests.web.site import CLOUDEVENT, Site, registration
from web.pace import Pace
from web.tail import Tail

STREAM = {"Accept": "text/event-stream"}
READERS = 50


@pytest.fixture
def pace() -> Pace:
    """A stream that speaks up often."""
    return Pace(look=0.05, comment=0.2)


@contextmanager
def streaming(site: Site, key: str) -> Iterator[Iterator[str]]:
    """The lines of a stream."""
    with site.client(key) as client, client.stream("GET", "/v1/events", headers=STREAM) as answer:
        assert answer.headers["x-accel-buffering"] == "no"
        yield answer.iter_lines()


def ended(lines: Iterator[str]) -> bool:
    """Whether a stream has come to an end of itself; its comments keep this from hanging."""
    until = time.monotonic() + 20
    return all(time.monotonic() < until for _ in lines)


def publish(site: Site, key: str, id_: str) -> None:
    """Publish one event, and give what came of it its place in the feed."""
    with site.client(key) as client:
        event = registration(id_, domain=f"{id_}.example.org")
        assert client.post("/v1/events", json=event, headers=CLOUDEVENT).status_code == 202
    site.number_events()


def test_a_silent_stream_says_that_it_lives(site: Site) -> None:
    """A comment: proxies and readers end what is silent for long."""
    with streaming(site, site.key()) as lines:
        assert [next(lines) for _ in range(4)] == [": still here", "", ": still here", ""]


def test_a_stream_goes_on_as_events_are_said(site: Site) -> None:
    """Not only with what was there at its beginning."""
    key = site.key()
    with streaming(site, key) as lines:
        assert next(lines) == ": still here"
        publish(site, key, "later")
        assert any(line == "event: org.signet.domain.accepted.v1" for line in lines)


def test_a_stream_ends_with_its_key(site: Site) -> None:
    """A revoked key reads nothing more, also where it began before."""
    key, other = site.key("acme", rights=("read",)), site.key()
    with streaming(site, key) as lines:
        assert next(lines) == ": still here"
        with site.unit() as work:
            (known,) = [one for one in work.api_keys.all() if one.rights == {"read"}]
            work.api_keys.revoke(known.id)
            work.commit()
        publish(site, other, "late")

        assert not any("late.example.org" in line for line in lines)


def test_many_who_wait_starve_nobody(site: Site) -> None:
    """More readers wait than there are threads and connections: a publisher is answered at once, and all hear of it."""
    key = site.key()

    def read(_: int) -> int:
        with site.client(key) as client:
            return len(client.get("/v1/events", params={"wait": 30}).json()["events"])

    with ThreadPoolExecutor(READERS) as readers:
        waiting = readers.map(read, range(READERS))
        began = time.monotonic()
        publish(site, key, "news")
        assert list(waiting) == [1] * READERS
        took = time.monotonic() - began

    assert took < 20, "a reader waited to the end of its time"


def test_who_leaves_is_waited_for_no_more(site: Site) -> None:
    """The server lets go of a long poll whose reader hung up, long before its time is over."""
    host, port = site.url.removeprefix("http://").split(":")
    request = f"GET /v1/events?wait=30 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {site.key()}\r\n\r\n"
    with structlog.testing.capture_logs() as lines:
        with socket.create_connection((host, int(port))) as reader:
            reader.sendall(request.encode())
        done = wait_until(lambda: [one for one in lines if one["event"] == "request.done"], what="the end")

    assert done[0]["seconds"] < 20


def test_the_end_of_the_feed_is_looked_at_once_for_all(site: Site) -> None:
    """However many wait: the database is asked by the moment, not by the reader."""
    looks = 0

    def counted() -> SqlUnitOfWork:
        nonlocal looks
        looks += 1
        return site.unit()

    async def wait() -> set[str]:
        tail = Tail(replace(site.services, reading=counted), every=0.01)
        return set(await asyncio.gather(*(tail.newest() for _ in range(READERS))))

    newest = asyncio.run(wait())

    assert (looks, len(newest)) == (1, 1)


def test_no_look_outlives_its_server(site: Site) -> None:
    """A look that nobody waits for any more still ends before the server does: it holds a connection."""
    looks = 0

    def counted() -> SqlUnitOfWork:
        nonlocal looks
        looks += 1
        return site.unit()

    async def leave() -> None:
        tail = Tail(replace(site.services, reading=counted), every=0.01)
        reader = asyncio.create_task(tail.newest())
        await asyncio.wait([reader], timeout=0)
        reader.cancel()
        await tail.close()

    asyncio.run(leave())

    assert looks == 1


def test_a_server_that_stops_lets_those_who_wait_go(site: Site) -> None:
    """A stream and a long poll end at once, and are no fault."""
    key = site.key()
    with ThreadPoolExecutor(1) as readers, streaming(site, key) as lines:
        poll = readers.submit(
            httpx.get,
            f"{site.url}/v1/events",
            params={"wait": 30},
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
        )
        assert next(lines) == ": still here"
        site.stop.set()
        assert ended(lines)
        answer = poll.result(20)
    assert site.thread is not None
    site.thread.join(8)

    assert answer.json()["events"] == []
    assert not site.thread.is_alive()
