"""How an event goes out: structured JSON (CloudEvents JSON format), the same octets whenever it is written.

The official package judges doubtful attributes; the octets are ours, since it writes times otherwise.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from cloudevents.core.v1.event import CloudEvent
from pydantic_core import to_json

from domain.identity import Cause
from events.catalogue import OutboundEvent
from events.forms import rfc3339

CONTENT_TYPE: Final = "application/cloudevents+json"
REFUSALS: Final = UUID("0f7d1c52-6f0b-5a55-9d0c-6f2f4b1f7a61")  # the name space of ids of event.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What an event needs besides its content. `sequence` counts the events of one identity, from 1."""

    id: str
    source: str
    time: datetime
    sequence: int | None = None
    cause: Cause | None = None


def write(event: OutboundEvent, stamp: Stamp) -> bytes:
    """Write an event in structured form."""
    attributes = _attributes(event, stamp)
    # The names are ours, so nothing else could be wrong; the package, slower than all the rest, says what is.
    if stamp.time.tzinfo is None or not all(attributes.values()):
        CloudEvent({**attributes, "time": stamp.time})
    return to_json({**attributes, "data": event})


def refusal_id(publisher: str, source: str, id_: str, body: bytes) -> str:
    """Make the id of an event.refused: the same for a redelivery, another for the event corrected."""
    digest = hashlib.sha256(body).hexdigest()
    return str(uuid5(REFUSALS, json.dumps([publisher, source, id_, digest])))


def _attributes(event: OutboundEvent, stamp: Stamp) -> dict[str, str]:
    attributes = {
        "specversion": "1.0",
        "id": stamp.id,
        "source": stamp.source,
        "type": event.TYPE,
        "subject": event.subject,
        "time": rfc3339(stamp.time),
        "datacontenttype": "application/json",
        "sequence": None if stamp.sequence is None else f"{stamp.sequence:010d}",
        "causeid": stamp.cause.id if stamp.cause else None,
        "causesource": stamp.cause.source if stamp.cause else None,
    }
    return {name: value for name, value in attributes.items() if value is not None}
