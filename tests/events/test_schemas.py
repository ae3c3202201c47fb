"""The schemas: every example holds to its own, and a published one never changes."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

import events
from events.catalogue import INBOUND, OUTBOUND
from events.examples import EXAMPLES
from events.pages import BrokenPromise, published
from events.schemas import ALL, breaks, schema_of

FOLDER: Final = Path(events.__file__).parent / "published"
REGISTERED: Final = "org.signet.domain.registered.v1"
CHECKED: Final = "org.signet.domain.checked.v1"


def known() -> dict[str, str]:
    """The published schemas as they lie in the checkout."""
    return {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.json")}


@pytest.mark.parametrize("type_", ALL)
def test_every_example_holds_to_its_schema(type_: str) -> None:
    """Judged by the reference implementation, formats included."""
    schema = schema_of(type_)
    Draft202012Validator.check_schema(schema)

    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(EXAMPLES[type_])


@pytest.mark.parametrize("type_", ALL)
def test_no_schema_takes_an_empty_object(type_: str) -> None:
    """A schema that takes anything would prove nothing."""
    assert not Draft202012Validator(schema_of(type_)).is_valid({})


def test_the_published_schemas_are_those_of_the_catalogue() -> None:
    """Nothing published is broken or gone, and nothing is unpublished; `make generate` publishes additions."""
    assert published(known()) == known()
    assert len(known()) == len(INBOUND) + len(OUTBOUND)


def test_a_published_event_that_leaves_the_catalogue_breaks_the_promise() -> None:
    """Readers still wait for it."""
    with pytest.raises(BrokenPromise, match=r"gone\.v1\.json: no longer in the catalogue"):
        published({"org.signet.domain.gone.v1.json": "{}"})


def test_a_published_event_that_changes_breaks_the_promise() -> None:
    """Each fault is named."""
    before = schema_of(REGISTERED)
    before["properties"]["colour"] = {"type": "string"}

    with pytest.raises(BrokenPromise, match=r"domain\.registered\.v1\.json: data\.colour: removed"):
        published({f"{REGISTERED}.json": json.dumps(before)})


@pytest.mark.parametrize(
    ("type_", "path", "change", "said"),
    [
        (REGISTERED, "properties", {"plan": None}, ["data.plan: removed"]),
        (REGISTERED, "properties.plan", {"type": "integer"}, ["data.plan: type was string, is integer"]),
        (REGISTERED, "properties.plan", {"maxLength": 50}, ["data.plan: maxLength was 100, is 50"]),
        (REGISTERED, "properties.account", {"pattern": None}, ["data.account: pattern was ^", "is None"]),
        (REGISTERED, "", {"required": ["account", "domain", "plan", "x"]}, ["data.x: newly required"]),
        (REGISTERED, "", {"required": ["account", "domain"]}, ["data.plan: no longer always there"]),
        (REGISTERED, "$defs.Route", {"enum": ["cloud"]}, ["data.route: smtp is no longer possible"]),
        (REGISTERED, "$defs.ContactForm.properties", {"locale": None}, ["data.contact.locale: removed"]),
        (
            REGISTERED,
            "properties.contact",
            {"anyOf": [{"type": "null"}]},
            ["data.contact: had 2 forms, has 1"],
        ),
        (
            CHECKED,
            "$defs.DiagnosisReport.properties",
            {"advice": None},
            ["data.records[].diagnosis.advice: removed"],
        ),
        (CHECKED, "properties.records", {"type": "object", "items": None}, ["data.records: type was array"]),
    ],
)
def test_what_would_surprise_a_reader_is_said(
    type_: str, path: str, change: dict[str, Any], said: list[str]
) -> None:
    """Whatever is removed, narrowed, retyped or newly required, at any depth."""
    published_schema = schema_of(type_)

    faults = breaks(published_schema, changed(published_schema, path, change))

    assert all(any(words in fault for fault in faults) for words in said), faults


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("properties", {"colour": {"type": "string"}}),
        ("$defs.ContactForm.properties", {"name": {"type": "string"}}),
        ("$defs.Route", {"enum": ["cloud", "smtp", "pigeon"]}),
        ("properties.plan", {"description": "other words", "title": "Other"}),
        ("", {"description": "other words", "examples": []}),
    ],
)
def test_what_is_only_added_surprises_nobody(path: str, change: dict[str, Any]) -> None:
    """Optional fields, values of an enumeration, and words."""
    published_schema = schema_of(REGISTERED)

    assert breaks(published_schema, changed(published_schema, path, change)) == []


def changed(schema: dict[str, Any], path: str, change: dict[str, Any]) -> dict[str, Any]:
    """A copy of the schema with a change at a path; None removes."""
    copy = deepcopy(schema)
    node = copy
    for step in filter(None, path.split(".")):
        node = node[step]
    node.update(change)
    for name in [name for name, value in change.items() if value is None]:
        del node[name]
    return copy
