"""JSON Schema (draft 2020-12) of every event's data, and what it means that a published one never changes."""

from collections.abc import Iterator, Mapping
from inspect import getdoc
from typing import Any, Final

from events.catalogue import INBOUND, OUTBOUND, InboundEvent, OutboundEvent
from events.examples import EXAMPLES

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

ALL: Final[Mapping[str, type[InboundEvent] | type[OutboundEvent]]] = {**INBOUND, **OUTBOUND}

RULES: Final = frozenset(
    {"type", "enum", "const", "format", "pattern", "minLength", "maxLength", "required"},
)

Schema = dict[str, Any]


def schema_of(type_: str) -> Schema:
    """Make the schema of the data of an event: as we take it (inbound), as we write it (outbound)."""
    schema = ALL[type_].model_json_schema(mode="validation" if type_ in INBOUND else "serialization")
    return {
        "$schema": DIALECT,
        **schema,
        "description": meaning(type_),
        "examples": [EXAMPLES[type_]],
    }


def meaning(type_: str) -> str:
    """Tell what an event says, in a sentence or two."""
    return getdoc(ALL[type_]) or ""


def breaks(published: Schema, present: Schema) -> list[str]:
    """Say what would surprise somebody who relies on the published schema. Empty where all was only added.

    A new required field is one of these: the feed still holds events without it.
    """
    return list(_breaks(_resolved(published, published), _resolved(present, present), "data"))


def _resolved(node: Schema, root: Schema) -> Schema:
    """Put what a schema refers to in its place, and leave out the words that are for people."""
    if "$ref" in node:
        return _resolved(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    kept = {name: node[name] for name in node if name in RULES}
    if "properties" in node:
        kept["properties"] = {name: _resolved(field, root) for name, field in node["properties"].items()}
    if "items" in node:
        kept["items"] = _resolved(node["items"], root)
    if "anyOf" in node:
        kept["anyOf"] = [_resolved(form, root) for form in node["anyOf"]]
    return kept


def _breaks(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for name in sorted(RULES & (old.keys() | new.keys()) - {"enum", "required"}):
        if old.get(name) != new.get(name):
            yield f"{path}: {name} was {old.get(name)}, is {new.get(name)}"
    for value in old.get("enum", ()):
        if value not in new.get("enum", ()):
            yield f"{path}: {value} is no longer possible"
    for name in sorted(set(old.get("required", ())) ^ set(new.get("required", ()))):
        change = "no longer always there" if name in old.get("required", ()) else "newly required"
        yield f"{path}.{name}: {change}"
    for name, field in old.get("properties", {}).items():
        if name in new.get("properties", {}):
            yield from _breaks(field, new["properties"][name], f"{path}.{name}")
        else:
            yield f"{path}.{name}: removed"
    yield from _breaks_inside(old, new, path)


def _breaks_inside(old: Schema, new: Schema, path: str) -> Iterator[str]:
    """Compare what stands in an array, and alternatives, which keep their order."""
    if "items" in old and "items" in new:
        yield from _breaks(old["items"], new["items"], f"{path}[]")
    before, after = old.get("anyOf", []), new.get("anyOf", [])
    if len(before) != len(after):
        yield f"{path}: had {len(before)} forms, has {len(after)}"
    for one, other in zip(before, after, strict=False):
        yield from _breaks(one, other, path)
