"""Events as they come in, for tests to spoil."""

import json
from typing import Any, Final

REGISTERED: Final = "org.signet.domain.registered.v1"
STRUCTURED: Final = "application/cloudevents+json"

DATA: Final[dict[str, Any]] = {
    "account": "acme",
    "plan": "BUSINESS",
    "domain": "shop.example.com",
    "route": "cloud",
    "contact": {"email": "owner@example.com", "locale": "cs"},
}


def an_event(**changes: object) -> dict[str, Any]:
    """A sound registration in structured form, with some attributes changed."""
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:shop",
        "type": REGISTERED,
        "data": DATA,
        **changes,
    }


def octets(event: object) -> bytes:
    """An event as it travels."""
    return json.dumps(event).encode()
