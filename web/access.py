"""Who asks: an API key in the Authorization header (RFC 6750), and what it may see and do."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from web.problems import Problem
from workers.services import Key, Reading, Services

EVERY_ACCOUNT: Final = "*"

_bearer = HTTPBearer(
    scheme_name="key", auto_error=False, description="An API key: `signet keys api create` prints one."
)

Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def services_of(request: Request) -> Services:
    """What this application may do."""
    services: Services = request.app.state.services
    return services


def key_of(request: Request, credentials: Credentials) -> Key:
    """The key of a request, or 401."""
    key = None
    if credentials is not None:
        with services_of(request).reading() as reading:
            key = reading.api_keys.find(credentials.credentials)
    if key is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "Send an API key: Authorization: Bearer <key>.")
    return key


def still_of(credentials: Credentials) -> Callable[[Reading], bool]:
    """Whether the key of this request still is one: for answers that last."""
    text = "" if credentials is None else credentials.credentials
    return lambda reading: reading.api_keys.find(text) is not None


def having(right: str) -> Callable[[Key], Key]:
    """A key with a right, or 403."""

    def check(key: Annotated[Key, Depends(key_of)]) -> Key:
        if right not in key.rights:
            raise Problem(HTTPStatus.FORBIDDEN, f"This key lacks the right {right}.")
        return key

    return check


def accounts_of(key: Key) -> frozenset[str] | None:
    """The accounts that a key may see and speak for; None means every one."""
    return None if EVERY_ACCOUNT in key.accounts else key.accounts


Publisher = Annotated[Key, Depends(having("publish"))]
Reader = Annotated[Key, Depends(having("read"))]
Operator = Annotated[Key, Depends(having("ops"))]
Serving = Annotated[Services, Depends(services_of)]
StillAllowed = Annotated[Callable[[Reading], bool], Depends(still_of)]
