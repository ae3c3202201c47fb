"""The forms of the fields that a login is made of.

Law: no representation shows what came.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from domain.mail_server import (
    LONGEST_PASSWORD,
    LONGEST_USERNAME,
    Host,
    Security,
    composed,
    is_password,
    is_username,
    parse_host,
)
from events.forms import MUST_BE, holds

HIGHEST_PORT: Final = 65_535
LONGEST_HOST: Final = 1024  # characters, in any spelling


def _host(given: object) -> Host:
    if not isinstance(given, str):
        raise PydanticCustomError("string_type", "a text")
    host = parse_host(given)
    if host is None:
        raise PydanticCustomError("host", "a host")
    return host


GivenHost = Annotated[
    Host,
    PlainValidator(_host),
    PlainSerializer(lambda host: host.shown, return_type=str),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_HOST, "description": MUST_BE["host"]}),
]
PortNumber = Annotated[int, Field(ge=1, le=HIGHEST_PORT, description=MUST_BE["port"])]
Username = Annotated[
    str,
    holds(is_username),
    AfterValidator(composed),
    Field(min_length=1, max_length=LONGEST_USERNAME, repr=False, description=MUST_BE["username"]),
]
Password = Annotated[
    str,
    holds(is_password),
    AfterValidator(composed),
    Field(min_length=1, max_length=LONGEST_PASSWORD, repr=False, description=MUST_BE["password"]),
    WithJsonSchema(
        {
            "type": "string",
            "format": "password",
            "minLength": 1,
            "maxLength": LONGEST_PASSWORD,
            "description": MUST_BE["password"],
        }
    ),
]
SecurityName = Annotated[
    Security,
    Field(strict=False),
    WithJsonSchema(
        {
            "type": "string",
            "enum": [one.value for one in Security],
            "default": Security.AUTO.value,
            "description": MUST_BE["security"],
        }
    ),
]
