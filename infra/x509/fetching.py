"""Fetches a few octets by HTTP from where a certificate points to: one question, one answer, and no way around.

Law: what is dialled is an address that the egress guard permitted, at a port that is allowed. No redirection is
followed; nothing is waited for, and nothing read, without end.
"""

import ssl
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from domain.dialogue import Dialogue
from domain.mail_server import parse_host
from infra.smtp.deadline import Deadline
from infra.smtp.resolve import Guard, Resolvers, find

LARGEST: Final = 256 * 1024  # octets of an answer
SECONDS: Final = 5.0
HTTP: Final = 80
_NOBODY: Final = ssl.SSLContext(
    ssl.PROTOCOL_TLS_CLIENT
)  # TLS is never spoken: no authorities are read for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What is fetched over."""

    resolvers: Resolvers
    guard: Guard
    ports: Collection[int] = (HTTP,)


def fetch(url: str, network: Network, question: bytes | None = None) -> bytes | None:
    """What is at a URL, or its answer to a question (OCSP, RFC 6960, appendix A); None where nothing usable came."""
    parts = _parts(url, network.ports)
    if parts is None:
        return None
    deadline = Deadline(SECONDS)
    deadline.begin_stage(SECONDS)
    host = parse_host(parts.hostname or "")
    found = find(host, network.resolvers, network.guard, deadline) if host else ()
    if isinstance(found, Dialogue) or not found:
        return None
    try:
        return _ask(parts, found[0], question, deadline)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        return None


def _parts(url: str, ports: Collection[int]) -> SplitResult | None:
    """A URL of plain HTTP at a port that is allowed: what comes is signed, and checked by its signature."""
    try:
        parts = urlsplit(url)
        port = parts.port or HTTP
    except ValueError:
        return None
    return parts if parts.scheme == "http" and port in ports and not parts.username else None


def _ask(parts: SplitResult, address: str, question: bytes | None, deadline: Deadline) -> bytes | None:
    port = parts.port or HTTP
    literal = f"[{address}]" if ":" in address else address
    place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc, "Accept": "*/*", "Accept-Encoding": "identity"}
    if question is not None:
        headers["Content-Type"] = "application/ocsp-request"
    with (
        httpx.Client(verify=_NOBODY, trust_env=False, timeout=deadline.left) as client,
        client.stream(
            "GET" if question is None else "POST",
            f"http://{literal}:{port}{place}",
            headers=headers,
            content=question,
        ) as response,
    ):
        return _read(response, deadline) if response.status_code == httpx.codes.OK else None


def _read(response: httpx.Response, deadline: Deadline) -> bytes | None:
    octets = b""
    for part in response.iter_raw():
        octets += part
        if len(octets) > LARGEST or deadline.is_over:
            return None
    return octets
