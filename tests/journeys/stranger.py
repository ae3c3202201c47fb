"""Somebody who knows Signet by its contract alone: publishes, listens and asks, over HTTP and by commands."""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.journeys.alone import Alone, alone
from tests.servers.knot import Knot, knot_server
from tests.servers.waiting import PATIENCE, wait_until

STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
ZONE = "dkim.signet.example"

Event = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Stranger:
    """One installation as it is seen from outside. Each test takes domains of its own by `new_domain`."""

    running: Alone
    knot: Knot
    http: httpx.Client
    key: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _cursor: str | None = None
    _heard: list[Event] = field(default_factory=list)
    _zone: dict[str, str] = field(default_factory=dict)

    def new_domain(self) -> str:
        """A name that no other test uses."""
        return f"d{next(self._numbers)}.example.org"

    def event(self, name: str, data: Mapping[str, Any], **attributes: Any) -> Event:
        """A structured event with an id of its own."""
        head = {"specversion": "1.0", "id": f"e{next(self._numbers)}", "source": "urn:stranger"}
        return {**head, "type": f"org.signet.{name}.v1", "data": dict(data), **attributes}

    def registration(self, domain: str, account: str = "acme", **more: Any) -> Event:
        """A registration on a plan that may."""
        return self.event(
            "domain.registered", {"account": account, "plan": "BUSINESS", "domain": domain} | more
        )

    def request(self, what: str, domain: str) -> Event:
        """A request of the account acme for a domain."""
        return self.event(f"domain.{what}_requested", {"account": "acme", "domain": domain})

    def post(self, event: Event | Sequence[Event] | bytes) -> httpx.Response:
        """Publish one event, several as a batch, or whatever octets."""
        content = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = BATCH if isinstance(event, list) else STRUCTURED
        return self.http.post("/v1/events", content=content, headers=headers)

    def register(self, domain: str, account: str = "acme", **more: Any) -> Event:
        """Register a domain; answer `domain.accepted` once it is heard."""
        event = self.registration(domain, account, **more)
        assert self.post(event).status_code == 202
        return self.caused_by(event, "domain.accepted")

    def caused_by(self, event: Event, name: str) -> Event:
        """Wait for the event of this name that another led to."""
        return self._first(
            name, lambda heard: heard.get("causeid") == event["id"] and _is(heard, name), f"{event['id']}"
        )

    def hears(self, name: str, domain: str, account: str = "acme") -> Event:
        """Wait for the event of this name about a domain of an account."""
        return self._first(name, lambda heard: _is(heard, name) and _about(heard, domain, account), domain)

    def told(self, domain: str, account: str = "acme") -> list[Event]:
        """Everything heard so far about a domain of an account."""
        self._listen()
        return [heard for heard in self._heard if _about(heard, domain, account)]

    def publish(self, accepted: Iterable[Event]) -> None:
        """Put the records of these into DNS, beside what is there."""
        for event in accepted:
            for record in event["data"]["records"]:
                self._zone[record["name"]] = record["value"]
        self._serve()

    def unpublish(self, accepted: Event) -> None:
        """Take the records out of DNS again."""
        for record in accepted["data"]["records"]:
            del self._zone[record["name"]]
        self._serve()

    def verified(self, domain: str, account: str = "acme", **more: Any) -> Event:
        """Bring a domain from *registered* to *verified*; answer `domain.accepted`."""
        accepted = self.register(domain, account, **more)
        self.publish([accepted])
        self.hears("domain.verified", domain, account)
        return accepted

    def _serve(self) -> None:
        self.knot.serve("example.org", "\n".join(f"{name}. CNAME {to}." for name, to in self._zone.items()))

    def _listen(self) -> None:
        while True:
            asked = {"limit": "1000"} | ({"after": self._cursor} if self._cursor else {})
            page = self.http.get("/v1/events", params=asked).json()
            self._cursor = page["next"]
            self._heard += page["events"]
            if not page["events"]:
                return

    def _first(self, name: str, fits: Any, what: str) -> Event:
        def look() -> Event | None:
            self._listen()
            return next((heard for heard in self._heard if fits(heard)), None)

        return wait_until(look, what=f"{name} of {what}", within=30, every=0.1)


def _is(event: Event, name: str) -> bool:
    return bool(event["type"] == f"org.signet.{name}.v1")


def _about(event: Event, domain: str, account: str) -> bool:
    return event.get("subject") == domain and event["data"].get("account") == account


@contextmanager
def stranger(state: Path, **settings: str) -> Iterator[Stranger]:
    """`signet run` with a name server for example.org, and a stranger with the first key."""
    with (
        knot_server({"example.org": ""}) as knot,
        stranger_at(knot, state, SIGNET_RESOLVERS=f"{knot.address}:{knot.port}", **settings) as outside,
    ):
        yield outside


@contextmanager
def stranger_at(knot: Knot, state: Path, **settings: str) -> Iterator[Stranger]:
    """The same with a name server that is there, and whatever resolvers the settings name."""
    here = {
        "SIGNET_DKIM_ZONE": ZONE,
        "SIGNET_LAB": "1",
        "SIGNET_AUTHORITY_PORT": str(knot.port),
        "SIGNET_EGRESS_ALLOW": "127.0.0.0/8",
    }
    with alone(state, **{**here, **settings}) as running:
        key = _printed(r"API key +(signet_\S+)", running)
        with httpx.Client(
            base_url=_printed(r"HTTP +(http://\S+)/docs", running),
            headers={"Authorization": f"Bearer {key}"},
            timeout=60 * PATIENCE,
        ) as http:
            yield Stranger(running=running, knot=knot, http=http, key=key)


def _printed(pattern: str, running: Alone) -> str:
    found = re.search(pattern, running.output)
    assert found, running.output
    return found.group(1)
