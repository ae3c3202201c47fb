"""The AsyncAPI document, judged by the official parser, and the pages generated beside it."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from events.asyncapi import document, example
from events.catalogue import INBOUND, OUTBOUND
from events.pages import pages
from events.schemas import ALL
from tests.servers.node import installed, run

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def official_parser() -> Path:
    """The parser from npm."""
    return installed(ROOT / "tests" / "asyncapi") / "check.mjs"


def judged(parser: Path, asyncapi: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What the official parser says of a document."""
    file = folder / "asyncapi.json"
    file.write_text(json.dumps(asyncapi), "utf-8")
    said: dict[str, Any] = json.loads(run(parser, file).stdout)
    return said


def test_the_official_parser_finds_every_event_and_no_fault(official_parser: Path, tmp_path: Path) -> None:
    """Severity 2 and above is advice, such as that a later version of AsyncAPI exists."""
    said = judged(official_parser, document(), tmp_path)

    assert said["messages"] == len(ALL)
    assert [fault for fault in said["diagnostics"] if fault["severity"] < 2] == []


def test_the_official_parser_would_have_found_a_fault(official_parser: Path, tmp_path: Path) -> None:
    """A schema that is none does not pass unseen."""
    spoiled = document()
    spoiled["components"]["schemas"]["DomainVerified"]["type"] = "strung"

    faults = judged(official_parser, spoiled, tmp_path)["diagnostics"]

    assert [fault for fault in faults if fault["severity"] == 0 and "domain_verified" in fault["path"]]


@pytest.mark.parametrize("type_", ALL)
def test_every_whole_example_holds_to_the_schema_of_its_message(type_: str) -> None:
    """Envelope and data together, judged by the reference implementation."""
    whole = document()
    name = type_.removeprefix("org.signet.").removesuffix(".v1").replace(".", "_")
    payload = whole["components"]["messages"][name]["payload"]
    validator = Draft202012Validator({"components": whole["components"], **payload})

    validator.validate(example(type_))

    assert not validator.is_valid({**example(type_), "data": {}})
    assert not validator.is_valid({**example(type_), "type": "other"})


def test_each_channel_carries_the_events_of_its_direction() -> None:
    """Signet receives what is inbound, and sends what is outbound."""
    whole = document()

    assert len(whole["channels"]["inbound"]["messages"]) == len(INBOUND)
    assert len(whole["channels"]["outbound"]["messages"]) == len(OUTBOUND)
    assert whole["channels"]["inbound"]["bindings"]["amqp"]["exchange"]["name"] == "signet.inbound"
    assert (whole["operations"]["take"]["action"], whole["operations"]["tell"]["action"]) == (
        "receive",
        "send",
    )


def test_the_generated_files_are_fresh() -> None:
    """`make generate` writes them."""
    folder = ROOT / "docs" / "events"

    assert {file.name: file.read_text("utf-8") for file in folder.iterdir()} == pages()


def test_a_page_shows_every_field_its_form_and_an_example() -> None:
    """Fields of nested objects and of lists too."""
    page = pages()["domain.checked.md"]

    assert "| `next_check_at` | time, or null | Null where no further look is due. |" in page
    assert "| `records[].status` | `ok` `missing` `wrong` `unknown` |" in page
    assert "| `records[].diagnosis.seen` | list of text |" in page
    assert '"type": "org.signet.domain.checked.v1"' in page
    assert "| `route` (optional) | `cloud` `smtp` |" in pages()["domain.registered.md"]
    assert "[event.refused](event.refused.md): An event had an envelope" in pages()["README.md"]
