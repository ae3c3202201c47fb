"""What passes between the examiner and its child process: one request, one answer, both JSON.

Law: what the child says is read into types here, and shown texts are made safe; nothing else of it is believed.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.certificates import (
    Authority,
    CertificateFacts,
    CertificateObservation,
    Chain,
    KeyKind,
    Opening,
    SeenCertificate,
    SigningMaterial,
    Strength,
)
from domain.diagnosis import shown
from domain.secrets import Secret

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a child saw. `material` wherever a pair was found; `above`: the issuer (DER), where one is known."""

    seen: CertificateObservation
    material: SigningMaterial | None = field(default=None, repr=False)
    above: bytes | None = field(default=None, repr=False)


def request(pkcs12: bytes, passwords: Sequence[bytes | None], now: datetime) -> bytes:
    """What the child is asked."""
    tried = [None if one is None else _text(one) for one in passwords]
    asked = {"pkcs12": _text(pkcs12), "passwords": tried, "now": now.isoformat()}
    return json.dumps(asked).encode()


def answer(octets: bytes) -> Answer:
    """What the child answers. Raises ValueError, KeyError or TypeError for anything else."""
    said: Json = json.loads(octets)
    opening = Opening(said["opening"])
    if "certificate" not in said:
        return Answer(seen=CertificateObservation(opening=opening))
    material = said["material"]
    intermediates = tuple(map(_octets, material["intermediates"]))
    root = (_octets(said["root"]),) if said["root"] else ()
    return Answer(
        seen=CertificateObservation(
            opening=opening,
            certificate=_certificate(said["certificate"]),
            authorities=tuple(map(_authority, said["authorities"])),
            chain=Chain(said["chain"]),
            end=shown(said["end"]),
        ),
        material=SigningMaterial(
            key=Secret(_octets(material["key"])),
            certificate=_octets(material["certificate"]),
            intermediates=intermediates,
        ),
        above=next(iter((*intermediates, *root)), None),
    )


def _certificate(said: Json) -> SeenCertificate:
    extended, usage = said["extended_usage"], said["key_usage"]
    return SeenCertificate(
        facts=CertificateFacts(
            subject=_visible(said["subject"]),
            issuer=_visible(said["issuer"]),
            serial=said["serial"],
            fingerprint=said["fingerprint"],
            not_before=datetime.fromisoformat(said["not_before"]),
            not_after=datetime.fromisoformat(said["not_after"]),
        ),
        addresses=tuple(said["addresses"]),
        key_usage=None if usage is None else frozenset(usage),
        extended_usage=None if extended is None else frozenset(extended),
        is_authority=said["is_authority"],
        strength=_strength(said),
        serial_octets=said["serial_octets"],
        named_in_san=said["named_in_san"],
        has_policy=said["has_policy"],
        has_crl=said["has_crl"],
    )


def _authority(said: Json) -> Authority:
    return Authority(
        name=shown(said["name"]),
        not_before=datetime.fromisoformat(said["not_before"]),
        not_after=datetime.fromisoformat(said["not_after"]),
        strength=_strength(said),
    )


def _strength(said: Json) -> Strength:
    return Strength(kind=KeyKind(said["kind"]), bits=said["bits"], hash=said["hash"])


def _visible(text: str) -> str:
    """A name whole, with nothing invisible in it."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _octets(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
