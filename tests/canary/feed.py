"""Events with secrets in clear: those that have an envelope, and those that cannot be read."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

POISON: Final = "poison.test"  # a domain whose subdomains our own code stumbles over, if the test sees to it
STRUCTURED: Final = "application/cloudevents+json"
SEALED: Final = {"sealed": "c2VhbGVk", "key": "k1"}

Hatch = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as a publisher may send it."""

    body: bytes
    content_type: str = STRUCTURED
    headers: dict[str, str] = field(default_factory=dict)


_numbers = count()


def event(name: str, data: Any, **attributes: Any) -> dict[str, Any]:
    """An event with an id of its own."""
    head = {"specversion": "1.0", "id": f"canary-{next(_numbers)}", "source": "urn:canary"}
    return {**head, "type": f"org.signet.{name}.v1", "data": data} | attributes


def registration(domain: str, **more: Any) -> dict[str, Any]:
    """What is told of a domain."""
    return {"account": "acme", "plan": "BUSINESS", "domain": domain} | more


def readable(hatch: Hatch) -> Iterator[Message]:
    """With an envelope: taken, or answered with a refusal."""
    login = {"account": "acme", "domain": "taken.test", "host": "mail.taken.test", "port": 587}
    upload = {"account": "acme", "address": "a@taken.test"}
    contact = {"email": "owner@example.net", "locale": "cs"}
    p12 = base64.b64encode(b"\x30" + hatch("pkcs12 in clear").encode()).decode()
    inner = json.dumps(registration("inner.test", plan=5, password=hatch("password in data_base64")))
    for told in (
        event(
            "domain.registered", registration("taken.test", password=hatch("password beside known fields"))
        ),
        event("domain.registered", registration("twice.test"), password=hatch("password as an attribute")),
        event(
            "domain.registered",
            registration("deep.test", contact={**contact, "password": hatch("password in the contact")}),
        ),
        event(
            "domain.registered", registration("wrong.test", plan=5, password=hatch("password, wrong form"))
        ),
        event("domain.registered", registration("gmail.com", password=hatch("password, refused domain"))),
        event("domain.registered", [hatch("password, data is a list")]),
        event("domain.registered", None, data_base64=base64.b64encode(inner.encode()).decode()),
        event("smtp.configured", {**login, "username": "me", "password": hatch("login in clear")}),
        event("smtp.configured", {**login, "password": {"clear": hatch("login in an object")}}),
        event("smtp.configured", {**login, "password": [SEALED, hatch("login in a list")]}),
        event("certificate.uploaded", {**upload, "pkcs12": p12, "password": hatch("pkcs12's password")}),
    ):
        yield Message(body=json.dumps(told).encode())
    head = {name: str(value) for name, value in event("smtp.configured", None).items() if name != "data"}
    binary = json.dumps({**login, "password": hatch("login in binary mode")}).encode()
    yield Message(
        body=binary,
        content_type="application/json",
        headers={f"ce-{name}": value for name, value in head.items()},
    )


def unreadable(hatch: Hatch) -> Iterator[Message]:
    """Without a sound envelope: a dead letter."""

    def told(way: str, name: str = "password", **attributes: Any) -> str:
        return json.dumps(event("smtp.configured", {"account": "acme", name: hatch(way)}, **attributes))

    def twice(way: str) -> str:
        return (
            json.dumps(event("smtp.configured", {"password": SEALED}))[:-2]
            + f', "password": "{hatch(way)}"}}}}'
        )

    escaped = told("name in escapes").replace('"password"', '"p\\u0061ssword"')
    for body in (
        told("cut short")[:-1],
        told("pkcs12, cut short", "pkcs12")[:-1],
        told("no id", id=""),
        told("other version", specversion="2.0"),
        told("NaN", time=float("nan")),
        twice("name twice, the first sealed"),
        told("too deep", time=json.loads("[" * 20 + "]" * 20)),
        told("capitals", "PassWord", type=""),
        told("not JSON").replace('"', "'"),
        told("JSON in a JSON text", id="").replace('"', '\\"'),
        escaped[:-1],
        told("too large", time="x" * 300_000),
        told("larger than is searched", time="x" * 4_300_000),
        "[" + told("a list") + "]",
        json.dumps(
            event(
                "smtp.configured", None, id="", data_base64=base64.b64encode(told("base64").encode()).decode()
            )
        ),
    ):
        yield Message(body=body.encode())
    yield Message(body=told("UTF-16").encode("utf-16"))
    yield Message(body=told("not UTF-8").encode() + b"\xff")
    yield Message(body=told("no content type")[:-1].encode(), content_type="text/plain")
    yield Message(
        body=told("binary mode, cut short")[:-1].encode(), headers={"ce-specversion": "1.0"}, content_type=""
    )


def poison(hatch: Hatch, label: str) -> Message:
    """One that can be read, and over which we stumble."""
    told = registration(f"{label}.{POISON}", password=hatch("password of one that we cannot stand"))
    return Message(body=json.dumps(event("domain.registered", told)).encode())
