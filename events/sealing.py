"""Secret fields on their way in: what is clear is sealed at the HTTP door, and intake opens what is sealed.

So between the door and the vault a secret is always sealed, and nobody can open it for another event, account, subject
or field than those it came with. The keys are behind ports.
"""

import base64
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from domain.secrets import Purpose, SealedOctets, SealFault, Seals, Secret
from events.catalogue import FieldError
from events.codes import EventCode
from events.envelope import Envelope
from events.forms import Frozen
from events.reading import data_of
from events.sealed import Content, Sealed, secret_fields

Seal = Callable[[Secret, Purpose], SealedOctets]

NAMING: Final = ("domain", "address")  # the fields that a subject is
_SAID: Final = {
    SealFault.UNKNOWN_KEY: "is sealed with a key that is not known here, or was replaced more than 30 days ago: "
    "seal it with the present one, which GET /v1/sealing-key tells.",
    SealFault.CANNOT_OPEN: "does not open: it was sealed with another key, or for another type, account, subject or "
    "field.",
}


def purpose_of(type_: str, account: str, subject: str, field: str) -> Purpose:
    """What a field is sealed for (product contract, 2.4)."""
    aad = f"{account}\n{subject}\n{field}"
    return Purpose(info=type_.encode(), aad=aad.encode("utf-8", "surrogatepass"))


def seal_clear(event: type[Frozen], envelope: Envelope, seal: Seal) -> Envelope | tuple[FieldError, ...]:
    """Seal the secrets that stand in clear, as over HTTP they may; what is sealed already stays as it is.

    Where the envelope has no subject, it gets the one that its data names.
    """
    data = data_of(envelope)
    if not isinstance(data, dict):
        return envelope
    clear = {
        name: _secret(name, data[name], content)
        for name, content in secret_fields(event).items()
        if isinstance(data.get(name), str)
    }
    faults = tuple(one for one in clear.values() if isinstance(one, FieldError))
    if faults or not clear:
        return faults or envelope
    named = next((data[name] for name in NAMING if name in event.model_fields and name in data), None)
    subject = named if envelope.subject is None else envelope.subject
    account = _text(data.get("account"))
    sealed = {
        name: _told(seal(secret, purpose_of(envelope.type, account, _text(subject), name)))
        for name, secret in clear.items()
        if isinstance(secret, Secret)
    }
    return replace(envelope, subject=subject, data={**data, **sealed}, data_base64=None)


def open_secrets(
    event: Frozen, account: str, envelope: Envelope, seals: Seals
) -> Mapping[str, Secret] | tuple[FieldError, ...]:
    """Open every secret field of an event, or say what is wrong with each. A text is answered in UTF-8, NFC."""
    fields = secret_fields(type(event))
    if fields and not isinstance(envelope.subject, str):
        message = "The attribute subject is missing; what is sealed is bound to it."
        return (FieldError(field="subject", code=EventCode.FIELD_MISSING, message=message),)
    opened: dict[str, Secret] = {}
    faults: list[FieldError] = []
    for name, content in fields.items():
        field: Sealed = getattr(event, name)
        purpose = purpose_of(envelope.type, account, _text(envelope.subject), name)
        found = seals.open(SealedOctets(key=field.key, octets=field.octets), purpose)
        secret = _fault(name, found) if isinstance(found, SealFault) else _read(name, found, content)
        if isinstance(secret, FieldError):
            faults.append(secret)
        else:
            opened[name] = secret
    return tuple(faults) or opened


def _secret(name: str, text: str, content: Content) -> Secret | FieldError:
    """The octets that are sealed for a field in clear."""
    try:
        octets = _normal(text) if content is Content.TEXT else base64.b64decode(text, validate=True)
    except ValueError:  # base64, or half of a surrogate pair
        what = "a text" if content is Content.TEXT else "base64 (RFC 4648, section 4), or sealed"
        return _invalid(name, what)
    return Secret(octets)


def _read(name: str, secret: Secret, content: Content) -> Secret | FieldError:
    """What was beneath the seal, if it is of the kind that it must be."""
    if content is Content.OCTETS:
        return secret
    try:
        return Secret(_normal(secret.octets.decode("utf-8")))
    except UnicodeDecodeError:
        return _invalid(name, "a text in UTF-8 beneath its seal")


def _normal(text: str) -> bytes:
    return unicodedata.normalize("NFC", text).encode("utf-8")


def _text(value: object) -> str:
    """An attribute; where it is no text, the event is refused for that anyway."""
    return value if isinstance(value, str) else ""


def _told(sealed: SealedOctets) -> dict[str, str]:
    return {"sealed": base64.b64encode(sealed.octets).decode(), "key": sealed.key}


def _invalid(name: str, what: str) -> FieldError:
    return FieldError(field=name, code=EventCode.FIELD_INVALID, message=f"The field {name} must be {what}.")


def _fault(name: str, fault: SealFault) -> FieldError:
    return FieldError(field=name, code=EventCode(fault.value), message=f"The field {name} {_SAID[fault]}")
