"""The pages of docs/events and the published schemas, as texts by file name, for scripts/generate.py."""

import json
from collections.abc import Mapping
from typing import Any, Final

from events.asyncapi import document, example
from events.catalogue import INBOUND, OUTBOUND
from events.schemas import ALL, Schema, breaks, meaning, schema_of

INDEX: Final = """\
# Events

Signet takes and tells [CloudEvents 1.0](https://cloudevents.io). These pages, the AsyncAPI document
[asyncapi.json](asyncapi.json) and the JSON Schemas in `events/published/` are generated from
`events/catalogue`; `make generate` makes them anew. A published event is only ever added to.

## Inbound: what upstream services tell Signet

Over AMQP to the exchange `signet.inbound`, or over HTTP to `POST /v1/events`.

{inbound}

## Outbound: what Signet tells

Over AMQP from the exchange `signet.outbound`, the type being the routing key, or over HTTP from
`GET /v1/events`.

{outbound}
"""

PAGE: Final = """\
# {name}

{meaning}

Type `{type}` · {direction}

## Data

| field | form | |
|---|---|---|
{fields}

## Example

```json
{example}
```
"""


def pages() -> dict[str, str]:
    """Make the files of docs/events: an index, a page per event, the AsyncAPI document."""
    index = INDEX.format(inbound=_list(list(INBOUND)), outbound=_list(list(OUTBOUND)))
    each = {f"{_name(type_)}.md": _page(type_) for type_ in ALL}
    return {"README.md": index, "asyncapi.json": _json(document()), **each}


class BrokenPromise(Exception):  # noqa: N818 - it names what happened
    """A published event would change for those who rely on it. Make a new class, with the next number."""


def published(known: Mapping[str, str]) -> dict[str, str]:
    """Make the files of events/published, the JSON Schema of each event's data, from those that are there.

    Law: they are only ever added to. What would break one raises BrokenPromise.
    """
    schemas = {f"{type_}.json": schema_of(type_) for type_ in ALL}
    broken = [f"{file}: no longer in the catalogue" for file in known if file not in schemas]
    for file, text in known.items():
        broken += [f"{file}: {fault}" for fault in breaks(json.loads(text), schemas.get(file, {}))]
    if broken:
        raise BrokenPromise("\n".join(broken))
    return {file: _json(schema) for file, schema in schemas.items()}


def _name(type_: str) -> str:
    return type_.removeprefix("org.signet.").removesuffix(".v1")


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _list(types: list[str]) -> str:
    return "\n".join(f"- [{_name(type_)}]({_name(type_)}.md): {meaning(type_)}" for type_ in types)


def _page(type_: str) -> str:
    schema = schema_of(type_)
    return PAGE.format(
        name=_name(type_),
        type=type_,
        meaning=meaning(type_),
        direction="inbound" if type_ in INBOUND else "outbound",
        fields="\n".join(_rows(schema, schema, "")),
        example=_json(example(type_)).rstrip(),
    )


def _rows(node: Schema, root: Schema, prefix: str) -> list[str]:
    """List a row per field, those of nested objects below their parent."""
    rows = []
    for name, field in node["properties"].items():
        inner, form = _form(field, root)
        note = field.get("description", "")
        optional = "" if name in node.get("required", ()) else " (optional)"
        rows.append(f"| `{prefix}{name}`{optional} | {form} | {note} |")
        if "properties" in inner:
            rows += _rows(inner, root, f"{prefix}{name}{'[]' if form.startswith('list') else ''}.")
    return rows


def _form(field: dict[str, Any], root: Schema) -> tuple[Schema, str]:
    """Find the schema behind a field, and the words for it."""
    if "$ref" in field:
        return _form(root["$defs"][field["$ref"].rpartition("/")[2]], root)
    if "anyOf" in field:
        inner, form = _form(field["anyOf"][0], root)
        return inner, f"{form}, or null"
    if field["type"] == "array":
        inner, form = _form(field["items"], root)
        return inner, f"list of {form}"
    if "enum" in field:
        return field, " ".join(f"`{value}`" for value in field["enum"])
    return field, {"date-time": "time"}.get(field.get("format", ""), _WORDS[field["type"]])


_WORDS: Final = {"string": "text", "integer": "whole number", "object": "object"}
