"""Questions over HTTP with an API key in every place where somebody may put it, and the answers."""

import socket
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from tests.canary.birds import Place
from tests.canary.feed import Message
from tests.canary.places import answered

Question = tuple[str, str, dict[str, Any]]

NO_HTTP: Final = (
    "GET /v1/domains HTTP/1.1\r\nAuthorization Bearer {key}\r\n\r\n",
    "GET /v1/domains?{key} HTTP/9.9\r\nHost: x\r\n\r\n",
    "POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{key}\r\n{key}",
)


def ask(base: str, key: str, messages: Sequence[Message]) -> Iterator[Place]:
    """Ask this and that with a key, and publish messages with it."""
    questions = [*_about(key), *map(_publishing, messages)]
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        for method, path, more in questions:
            yield answered(f"{method} {path[:12]}", client.request(method, path, **more))
    for words in NO_HTTP:
        yield Place(kind="answer", name="no HTTP", content=_shout(base, words.format(key=key).encode()))


def _about(key: str) -> Iterator[Question]:
    yield "GET", "/v1/domains", {"params": {"account": "acme"}}
    yield "GET", "/v1/domains/nothing", {}
    yield "GET", "/v1/events", {"params": {"limit": key}}
    yield "GET", "/v1/events", {"params": {"after": key}}
    yield "GET", "/v1/events", {"params": {"password": key}}
    yield "GET", f"/nothing/{key}", {}
    yield "PUT", "/v1/events", {"content": key}
    for header in (f"Basic {key}", key, f"Bearer {key} {key}"):
        yield "GET", "/v1/domains", {"headers": {"Authorization": header}}


def _publishing(message: Message) -> Question:
    headers = {**message.headers, "Content-Type": message.content_type}
    return "POST", "/v1/events", {"content": message.body, "headers": headers}


def _shout(base: str, octets: bytes) -> bytes:
    """Say what is no HTTP; answer what comes back."""
    place = urlsplit(base)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=30) as link:
        link.sendall(octets)
        link.shutdown(socket.SHUT_WR)
        return b"".join(iter(partial(link.recv, 65_536), b""))
