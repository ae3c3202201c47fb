"""The child process that opens one container and answers what is in it: `python -I -m infra.x509.child`, over pipes.

Law: it is confined before it reads; it imports nothing but what it needs; it says nothing but its answer. READY is said
first: what goes wrong before is a fault of ours, what goes wrong after is the file's.
"""

import base64
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from infra.x509.chain import Led, lead
from infra.x509.confine import confine
from infra.x509.opening import Opened, open_container
from infra.x509.reading import Json, authority_of, readable
from infra.x509.roots import BUNDLED, Root, allowed, read_roots
from infra.x509.trial import verifies

READY: Final = b"ready\n"
_ON_TRIAL: Final = ("trusted", "untrusted", "self_signed")


def main(openssl: str, authorities: str = "") -> None:
    """Read a request from standard input, and write READY and the answer."""
    roots = [*read_roots(BUNDLED), *(read_roots(Path(authorities)) if authorities else [])]
    confine()
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    request = json.load(sys.stdin)
    try:
        said = answer(request, roots, openssl)
    except MemoryError:
        said = {"opening": "too_expensive"}
    json.dump(said, sys.stdout)
    sys.stdout.flush()


def answer(request: Json, roots: Sequence[Root], openssl: str) -> Json:
    """What is in a container; of one that does not open only why."""
    passwords = [None if one is None else base64.b64decode(one) for one in request["passwords"]]
    opened = open_container(base64.b64decode(request["pkcs12"]), passwords)
    if isinstance(opened, str):
        return {"opening": opened}
    certificate = readable(opened.leaf)
    if certificate is None:
        return {"opening": "not_pkcs12"}
    now = datetime.fromisoformat(request["now"])
    trusted = allowed(roots, opened.leaf.not_valid_before_utc)
    led = lead(opened.leaf, [one for one in opened.others if readable(one)], trusted, now)
    opening, chain = _tried(opened, led, now, openssl)
    return {
        "opening": opening,
        "certificate": certificate,
        "authorities": [authority_of(one) for one in led.above],
        "chain": chain,
        "end": led.end,
        "material": {
            "key": _text(_pkcs8(opened)),
            "certificate": _text(_der(opened.leaf)),
            "intermediates": [_text(_der(one)) for one in led.above],
        },
        "root": _text(_der(led.root)) if led.root else None,
    }


def _tried(opened: Opened, led: Led, now: datetime, openssl: str) -> tuple[str, str]:
    """How the container came out, and where its chain leads, when a signature was tried with it."""
    leaf = opened.leaf
    is_now = leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc
    if led.chain not in _ON_TRIAL or not is_now:
        return "opened", led.chain
    chain = [leaf, *led.above, *([led.root] if led.root and led.root != leaf else [])]
    if verifies(opened.key, chain, now, openssl):
        return "opened", led.chain
    return ("opened", "invalid") if led.unsure else ("no_trial", led.chain)


def _pkcs8(opened: Opened) -> bytes:
    return opened.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


if __name__ == "__main__":
    main(*sys.argv[1:])
