"""The form of a field that holds a secret: sealed, wherever it travels (product contract, 2.4).

Which fields of an event are such is written in its class: `SealedText` is a text beneath the seal, `SealedFile` is
octets.
"""

import base64
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from events.codes import EventCode
from events.forms import MUST_BE, Frozen

LEAST: Final = 32 + 16  # octets: `enc` and a tag, around nothing
MOST: Final = LEAST + 65_536
MOST_OF_FILE: Final = 196_608  # what an event has room for; how large a file may be is no question of form


class Content(StrEnum):
    """What is beneath the seal, and how it may stand in clear over HTTP: as a text, or as base64 of octets."""

    TEXT = "text"
    OCTETS = "octets"


def _letters(octets: int) -> int:
    return 4 * -(-octets // 3)


def _canonical(text: str) -> str:
    """RFC 4648, section 4: padded, and without bits to spare."""
    if base64.b64encode(base64.b64decode(text, validate=True)).decode() != text:
        raise ValueError("sealed")
    return text


def _sealed_form(most: int) -> Any:  # noqa: ANN401 - what pydantic calls field information
    """The form of at most so many octets."""
    return Field(
        pattern="^[A-Za-z0-9+/]+={0,2}$",
        min_length=_letters(LEAST),
        max_length=_letters(most),
        description=MUST_BE["sealed"],
        json_schema_extra={"contentEncoding": "base64"},
    )


class Sealed(Frozen):
    """A secret, sealed for Signet alone (HPKE, RFC 9180); docs/secrets.md says how, with an example."""

    sealed: Annotated[str, _sealed_form(MOST), AfterValidator(_canonical)]
    key: Annotated[str, Field(min_length=1, max_length=64, description=MUST_BE["key"])]

    @model_validator(mode="before")
    @classmethod
    def _refuse_clear(cls, value: object) -> object:
        if isinstance(value, str):
            raise PydanticCustomError(EventCode.NOT_SEALED, "clear")
        return value

    @property
    def octets(self) -> bytes:
        """`enc`, ciphertext and tag."""
        return base64.b64decode(self.sealed)


class SealedLarge(Sealed):
    """A file, sealed for Signet alone (HPKE, RFC 9180); docs/secrets.md says how, with an example."""

    sealed: Annotated[str, _sealed_form(MOST_OF_FILE), AfterValidator(_canonical)]


SealedText = Annotated[Sealed, Content.TEXT]
SealedFile = Annotated[SealedLarge, Content.OCTETS]


def secret_fields(event: type[BaseModel]) -> Mapping[str, Content]:
    """The fields of an event that hold secrets, and what is beneath the seal of each. None of them is optional."""
    return {
        name: content
        for name, field in event.model_fields.items()
        for content in field.metadata
        if isinstance(content, Content)
    }
