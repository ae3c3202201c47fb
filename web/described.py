"""How the interface describes itself: OpenAPI, and the page that shows it.

Law: what stands here is what is sent. The forms of events come from the event catalogue itself.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from events.asyncapi import document, example
from events.catalogue import INBOUND, OUTBOUND
from web.problems import MEDIA_TYPE, ProblemDocument

PARTS: Final = "#/components/schemas/"
ONE_EVENT: Final = "Event"
FEED_EVENT: Final = "FeedEvent"
REGISTERED: Final = "org.signet.domain.registered.v1"

Described = dict[str, Any]

_MEANINGS: Final[Mapping[int, str]] = {
    400: "A parameter, a header or the body cannot be read. `detail` says which and why.",
    401: "No API key, or none that is known.",
    403: "The key lacks the right.",
    404: "There is none, or it is another account's.",
    405: "This method is not possible here; Allow says which are.",
    408: "The body came too slowly.",
    410: "The cursor is older than the events kept, or was never given out (`cursor.expired`).",
    413: "Too large: 262,144 octets an event, 1,000 events and 4 MB a batch.",
    415: "Neither structured, nor binary, nor a batch, or compressed.",
    422: "Breaks a rule of form, or asks for what is not there. Nothing was changed; `errors` says why.",
    429: "Asked for too often. Nothing was stored; Retry-After and `retry_at` say when to come back.",
    500: "A fault of ours. Nothing was changed.",
    503: "Out of reach now; nothing was changed. Come back after Retry-After.",
}
_RETRY: Final = {
    "Retry-After": {"description": "In so many seconds.", "schema": {"type": "integer", "minimum": 1}}
}
_HEADERS: Final[Mapping[int, Described]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    405: {"Allow": {"schema": {"type": "string"}}},
    429: _RETRY,
    503: _RETRY,
}


def problems(*statuses: int, **other: str) -> dict[int | str, Described]:
    """The errors of an operation, as FastAPI takes them. `other` words go by `_403="…"`."""
    return {
        status: {
            "model": ProblemDocument,
            "description": other.get(f"_{status}", _MEANINGS[status]),
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in statuses
    }


def reference(name: str) -> Described:
    """What refers to a part of the document."""
    return {"$ref": PARTS + name}


def describe(app: FastAPI) -> Described:
    """The OpenAPI document: FastAPI's, with the forms of events, and problems under their own media type."""
    described = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    parts = described["components"]["schemas"]
    for name, part in _event_parts().items():
        assert parts.setdefault(name, part) == part, f"two parts of the document are called {name}"
    parts.pop("HTTPValidationError", None)
    parts.pop("ValidationError", None)
    for operation in (one for path in described["paths"].values() for one in path.values()):
        _correct(operation["responses"])
    return described


def _correct(responses: Described) -> None:
    """FastAPI believes that every answer is of the route's media type, and that wrong parameters make a 422."""
    for status, answer in list(responses.items()):
        content = answer.get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        if schema == reference("HTTPValidationError"):
            del responses[status]
        if schema == reference(ProblemDocument.__name__):
            content[MEDIA_TYPE] = content.pop("application/json")
            content[MEDIA_TYPE]["example"] = _problem_example(int(status))


def _problem_example(status: int) -> Described:
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": _MEANINGS[status]}


def _event_parts() -> Described:
    known: Described = document()["components"]["schemas"]
    return {
        **known,
        ONE_EVENT: {"description": "An event as you publish it.", "oneOf": _kinds(INBOUND, "Envelope")},
        FEED_EVENT: {
            "description": "An event as you read it. Kinds may be added: pass over those that you do not know.",
            "oneOf": _kinds(OUTBOUND, "StampedEnvelope"),
        },
    }


def _kinds(catalogue: Mapping[str, type], envelope: str) -> list[Described]:
    return [
        {
            "title": type_,
            "allOf": [reference(envelope)],
            "type": "object",
            "required": ["type", "data"],
            "properties": {"type": {"const": type_}, "data": reference(event.__name__)},
        }
        for type_, event in catalogue.items()
    ]


def published_attributes() -> list[Described]:
    """The attributes of binary mode."""
    return [
        {
            "name": f"ce-{name}",
            "in": "header",
            "required": False,
            "description": f"Binary mode: the attribute {name}, percent-encoded.",
            "schema": {"type": "string"},
        }
        for name in ("specversion", "id", "source", "type", "subject", "time")
    ]


def published_body(structured: str, batch: str, largest: int) -> Described:
    """What may be published, in each of its three forms."""
    one = example(REGISTERED)
    kinds: Iterable[str] = (event.__name__ for event in INBOUND.values())
    return {
        "required": True,
        "content": {
            structured: {"schema": reference(ONE_EVENT), "example": one},
            batch: {
                "schema": {"type": "array", "items": reference(ONE_EVENT), "maxItems": largest},
                "example": [one],
            },
            "application/json": {
                "schema": {
                    "description": "Binary mode: the data alone, the attributes in `ce-` headers.",
                    "anyOf": [reference(name) for name in kinds],
                },
                "example": one["data"],
            },
        },
    }
