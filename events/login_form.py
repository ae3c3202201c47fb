"""A login as it comes from outside: the form of its fields, read once into what cannot be wrong.

Law: neither a representation nor a refusal ever shows what came.
"""

from typing import Annotated

from pydantic import Field, ValidationError

from domain.mail_server import Login, MailServer, Security
from domain.notice import mailable
from events.catalogue import FieldError
from events.forms import Account, Email, Frozen, Locale
from events.login_fields import GivenHost, Password, PortNumber, SecurityName, Username
from events.reading import field_error


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
