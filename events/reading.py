"""What an envelope says: an event of the catalogue, or the list of what is wrong with its form.

Only form is judged here. Whether a plan may send or a domain may be proven is decided in
the domain, and said by events of the identity itself.
"""

import base64
import re
from datetime import datetime
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from domain.fields import is_account
from events.catalogue import INBOUND, FieldError, InboundEvent
from events.codes import EventCode
from events.envelope import Envelope
from events.forms import MUST_BE
from events.strict_json import parse_json

_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,32})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
NOT_SEALED: Final = (
    "must be sealed before it is published; GET /v1/sealing-key tells with which key. "
    "Over HTTP it may be clear."
)
UNREADABLE_DATA: Final = ()  # no object, so a fault of `data`


def parse(envelope: Envelope) -> InboundEvent | tuple[FieldError, ...]:
    """Read the event, or say all that is wrong with it."""
    kind = INBOUND.get(envelope.type)
    if kind is None:
        message = "This type of event is not known here."
        return (FieldError(field="type", code=EventCode.UNKNOWN_TYPE, message=message),)
    return as_event(kind, envelope)


def as_event(kind: type[InboundEvent], envelope: Envelope) -> InboundEvent | tuple[FieldError, ...]:
    """Read the event as one of that class, or say all that is wrong with it."""
    data = data_of(envelope)
    if data is None:
        return (_error("data", EventCode.FIELD_MISSING),)
    try:
        event = kind.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        return (*_attribute_faults(envelope, None), *(field_error(fault) for fault in faults))
    return _attribute_faults(envelope, event) or event


def account_of(envelope: Envelope) -> str | None:
    """Which account the event names, however wrong the rest may be."""
    data = data_of(envelope)
    account = data.get("account") if isinstance(data, dict) else None
    return account if isinstance(account, str) and is_account(account) else None


def data_of(envelope: Envelope) -> object:
    """Find the data, or the JSON in it where it came in base64 (CloudEvents JSON format, section 3.1.1)."""
    if envelope.data is not None or envelope.data_base64 is None:
        return envelope.data
    try:
        return parse_json(base64.b64decode(str(envelope.data_base64), validate=True))
    except ValueError:
        return UNREADABLE_DATA


def _attribute_faults(envelope: Envelope, event: InboundEvent | None) -> tuple[FieldError, ...]:
    faults = (_time_fault(envelope.time), _subject_fault(envelope.subject, event))
    return tuple(fault for fault in faults if fault)


def _time_fault(time: object) -> FieldError | None:
    """Judge the time: any offset (RFC 3339). It orders nothing: events are applied as they come."""
    if time is None:
        return None
    if not isinstance(time, str):
        return _error("time", EventCode.FIELD_TYPE)
    try:
        sound = _RFC3339.fullmatch(time) is not None and datetime.fromisoformat(time.upper()) is not None
    except ValueError:
        sound = False
    return None if sound else _error("time", EventCode.FIELD_INVALID)


def _subject_fault(subject: object, event: InboundEvent | None) -> FieldError | None:
    """Judge the subject: left out, or what the data names, in whatever spelling."""
    if subject is None:
        return None
    if not isinstance(subject, str):
        return _error("subject", EventCode.FIELD_TYPE)
    if event is None or event.is_about(subject):
        return None
    return _error("subject", EventCode.FIELD_INVALID)


def field_error(fault: ErrorDetails) -> FieldError:
    """Say in our words what pydantic found."""
    field = ".".join(str(step) for step in fault["loc"]) or "data"
    if fault["type"] == EventCode.NOT_SEALED:
        return FieldError(field=field, code=EventCode.NOT_SEALED, message=f"The field {field} {NOT_SEALED}")
    if fault["type"] == "missing":
        return _error(field, EventCode.FIELD_MISSING)
    wrong_type = fault["type"].endswith("_type") or (
        fault["type"] == "enum" and not isinstance(fault["input"], str)
    )
    return _error(field, EventCode.FIELD_TYPE if wrong_type else EventCode.FIELD_INVALID)


def _error(field: str, code: EventCode) -> FieldError:
    must_be = MUST_BE[field.rpartition(".")[2]]
    verb = "is missing; it must be" if code is EventCode.FIELD_MISSING else "must be"
    return FieldError(field=field, code=code, message=f"The field {field} {verb} {must_be}.")
