"""The AsyncAPI 3 document, made from the catalogue: which events travel by which exchange, and their form."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any, Final

from events.catalogue import INBOUND, OUTBOUND
from events.envelope import LARGEST_BODY, LONGEST_ATTRIBUTE
from events.examples import EXAMPLES
from events.schemas import ALL, meaning, schema_of

CONTENT_TYPE: Final = "application/cloudevents+json"
AMQP_BINDING: Final = "0.3.0"

Document = dict[str, Any]


def document() -> Document:
    """Make the whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Signet events",
            "version": "1",
            "description": "CloudEvents 1.0 over AMQP 0-9-1, structured JSON. Signet also takes binary mode "
            "(headers `ce-`, `cloudEvents_` or `cloudEvents:`), and the same events over HTTP.",
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"rabbitmq": {"host": "localhost:5672", "protocol": "amqp", "protocolVersion": "0.9.1"}},
        "channels": {
            "inbound": _channel("signet.inbound", INBOUND, "What upstream services tell. Any routing key."),
            "outbound": _channel(
                "signet.outbound", OUTBOUND, "What Signet tells. The routing key is the type."
            ),
        },
        "operations": {
            "take": _operation("receive", "inbound", INBOUND),
            "tell": _operation("send", "outbound", OUTBOUND),
        },
        "components": {
            "messages": {_key(type_): _message(type_) for type_ in ALL},
            "schemas": _schemas(),
        },
    }


def _key(type_: str) -> str:
    """Spell a type as a key of the document, as in `domain_verified`."""
    return type_.removeprefix("org.signet.").removesuffix(".v1").replace(".", "_")


def _ref(*path: str) -> dict[str, str]:
    return {"$ref": "#/" + "/".join(path)}


def _channel(exchange: str, types: Iterable[str], description: str) -> Document:
    return {
        "address": exchange,
        "description": description,
        "messages": {_key(type_): _ref("components", "messages", _key(type_)) for type_ in types},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": exchange, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": AMQP_BINDING,
            },
        },
    }


def _operation(action: str, channel: str, types: Iterable[str]) -> Document:
    return {
        "action": action,
        "channel": _ref("channels", channel),
        "messages": [_ref("channels", channel, "messages", _key(type_)) for type_ in types],
    }


def _message(type_: str) -> Document:
    summary = meaning(type_)
    return {
        "name": type_,
        "title": type_.removeprefix("org.signet."),
        "summary": summary,
        "contentType": CONTENT_TYPE,
        "payload": {
            "allOf": [
                _ref("components", "schemas", "Envelope" if type_ in INBOUND else "StampedEnvelope"),
                {
                    "type": "object",
                    "required": ["data"],
                    "properties": {
                        "type": {"const": type_},
                        "data": _ref("components", "schemas", ALL[type_].__name__),
                    },
                },
            ],
        },
        "examples": [{"name": "example", "payload": example(type_)}],
    }


def example(type_: str) -> Document:
    """Make a whole example event, as it travels in structured mode."""
    data = deepcopy(dict(EXAMPLES[type_]))
    event = {
        "specversion": "1.0",
        "id": "8a0c9b1e" if type_ in INBOUND else "d_4kq9v2m7x1.1",
        "source": "urn:shop" if type_ in INBOUND else "urn:signet",
        "type": type_,
        "time": "2026-01-31T09:30:00.000Z",
        "datacontenttype": "application/json",
    }
    subject = data.get("domain") or data.get("address")
    if subject:
        event["subject"] = subject
    if "domain_id" in data or "address_id" in data:
        event["sequence"] = "0000000001"
    if type_ in OUTBOUND:
        event |= {"causeid": "8a0c9b1e", "causesource": "urn:shop"}
    return {**event, "data": data}


def _schemas() -> Document:
    """Every part of every event's data once, besides the envelopes."""
    schemas = {"Envelope": _envelope(), "StampedEnvelope": _stamped_envelope()}
    for type_, event in ALL.items():
        schema = _lifted(schema_of(type_))
        schemas |= schema.pop("$defs", {})
        schemas[event.__name__] = {name: value for name, value in schema.items() if name != "$schema"}
    return schemas


def _lifted(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """Let a schema refer to the document's own parts."""
    if isinstance(node, list):
        return [_lifted(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: value.replace("#/$defs/", "#/components/schemas/") if name == "$ref" else _lifted(value)
        for name, value in node.items()
    }


def _envelope() -> Document:
    attribute = {"type": "string", "minLength": 1, "maxLength": LONGEST_ATTRIBUTE}
    return {
        "type": "object",
        "description": f"CloudEvents 1.0, structured JSON, at most {LARGEST_BODY} octets.",
        "required": ["specversion", "id", "source", "type"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {
                **attribute,
                "description": "With source it makes an event: the same pair changes nothing.",
            },
            "source": attribute,
            "type": attribute,
            "subject": {
                "type": "string",
                "description": "The domain or address. It may be left out on the way in.",
            },
            "time": {"type": "string", "format": "date-time", "description": "It orders nothing."},
            "datacontenttype": {"const": "application/json"},
        },
    }


def _stamped_envelope() -> Document:
    return {
        "allOf": [_ref("components", "schemas", "Envelope")],
        "type": "object",
        "required": ["time", "datacontenttype"],
        "properties": {
            "sequence": {
                "type": "string",
                "pattern": r"^\d{10}$",
                "description": "Counts the events of one identity, from 0000000001 and without gaps.",
            },
            "causeid": {"type": "string", "description": "The id of the event that led to this one."},
            "causesource": {"type": "string", "description": "The source of the event that led to this one."},
        },
    }
