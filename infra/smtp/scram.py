"""SCRAM-SHA-256 (RFC 5802, RFC 7677): the password never leaves, and the server proves that it knew it.

Law: a server that does not prove it is not believed, whatever code it answers with.
"""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

from infra.smtp.mechanism import FalseProof, Steps

NO_BINDING: Final = b"n,,"  # the client knows of no channel binding (RFC 5802, section 7)
MOST_ITERATIONS: Final = 1_000_000  # a second of work; OWASP asks for 600,000
NONCE_OCTETS: Final = 24

_FIRST: Final = re.compile(rb"r=([!-+\--~]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9][0-9]{0,6})(?:,.*)?")
_FINAL: Final = re.compile(rb"v=([A-Za-z0-9+/]+={0,2})(?:,.*)?")


def scram_sha_256(username: bytes, password: bytes, nonce: bytes | None = None) -> Steps:
    """Say the client's part; raises FalseProof where the server's is wrong."""
    nonce = nonce or base64.b64encode(secrets.token_bytes(NONCE_OCTETS))
    name = username.replace(b"=", b"=3D").replace(b",", b"=2C")
    client_first = b"n=%b,r=%b" % (name, nonce)
    server_first = yield NO_BINDING + client_first
    found = _FIRST.fullmatch(server_first)
    if found is None or not found[1].startswith(nonce) or found[1] == nonce:
        raise FalseProof
    if int(found[3]) > MOST_ITERATIONS:
        raise FalseProof
    salted = hashlib.pbkdf2_hmac("sha256", password, _decoded(found[2]), int(found[3]))
    without_proof = b"c=%b,r=%b" % (base64.b64encode(NO_BINDING), found[1])
    said = b",".join((client_first, server_first, without_proof))
    server_final = yield without_proof + b",p=" + base64.b64encode(_proof(salted, said))
    if server_final.startswith(b"e="):
        yield b""  # its refusal comes as the next reply
        raise FalseProof
    signed = _FINAL.fullmatch(server_final)
    expected = _hmac(_hmac(salted, b"Server Key"), said)
    if signed is None or not hmac.compare_digest(_decoded(signed[1]), expected):
        raise FalseProof
    yield b""


def _proof(salted: bytes, said: bytes) -> bytes:
    key = _hmac(salted, b"Client Key")
    signature = _hmac(hashlib.sha256(key).digest(), said)
    return bytes(one ^ other for one, other in zip(key, signature, strict=True))


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise FalseProof from None
