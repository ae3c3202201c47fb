"""A login as it comes from outside: the form of its fields, read once into what cannot be wrong.

Law: neither a representation nor a refusal ever shows what came.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from domain.mail_server import (
    LONGEST_PASSWORD,
    LONGEST_USERNAME,
    Host,
    Login,
    MailServer,
    Security,
    composed,
    is_password,
    is_username,
    parse_host,
)
from domain.notice import mailable
from events.catalogue import FieldError
from events.forms import MUST_BE, Account, Email, Frozen, Locale, holds
from events.reading import field_error

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


class LoginForm(Frozen):
    """A login to check before it is saved."""

    account: Account
    host: GivenHost
    port: PortNumber
    username: Username
    password: Password
    security: SecurityName = Security.AUTO
    sender: Annotated[
        Email | None, Field(alias="from", description="Whether this login may send from that address too.")
    ] = None
    locale: Annotated[Locale, Field(description="The language of the answer: cs, else English.")] = "en"

    @property
    def login(self) -> Login:
        """The login itself."""
        server = MailServer(host=self.host, port=self.port, security=self.security)
        return Login(server=server, username=self.username, password=self.password)

    @property
    def envelope_sender(self) -> str | None:
        """The address in ASCII, as it goes into an envelope."""
        return None if self.sender is None else mailable(self.sender)


def read_login(given: object) -> LoginForm | tuple[FieldError, ...]:
    """Read a login, or say all that is wrong with its form."""
    try:
        return LoginForm.model_validate(given)
    except ValidationError as error:
        return tuple(map(field_error, error.errors(include_url=False, include_context=False)))
