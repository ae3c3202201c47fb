"""Checks a login before anybody saves it ("verify before saving").

Law: nothing of what came is ever said again, and a slow server holds up nobody but who asked for it.
"""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from domain.dialogue import Interrupted, Stage
from domain.mail_server import Security
from domain.smtp_sentences import SmtpCode
from domain.verdict import Outcome
from events.codes import EventCode
from events.login_form import LoginForm, read_login
from events.strict_json import NotStrictJson, parse_json
from web.access import Publisher, Serving, accounts_of
from web.body import read_body
from web.described import problems
from web.pool import Crowded
from web.problems import COME_BACK_AFTER, Fault, Problem
from workers.login_check import LoginChecked, LoginWanted, TooOften, check
from workers.services import Key

LARGEST_BODY: Final = 16 * 1024
JSON: Final = "application/json"
EXAMPLE: Final = {
    "account": "acme",
    "host": "smtp.example.com",
    "port": 587,
    "username": "info@example.com",
    "password": "correct horse battery staple",
    "security": "auto",
    "from": "info@example.com",
}

router = APIRouter(tags=["smtp"])


class Setting(BaseModel):
    """A port, and how the connection is protected there."""

    port: Annotated[int, Field(ge=1, le=65535)]
    security: Literal[Security.TLS, Security.STARTTLS]


class LoginAnswer(BaseModel):
    """What came of a login. Programs read `code` (null where it passed), people `message` and `advice`.

    `works` is the setting that answered where the one given did not; `suggestion` says the same in a few words.
    """

    outcome: Outcome
    stage: Annotated[Stage, Field(description="How far the login came.")]
    code: SmtpCode | None
    message: str
    advice: str
    suggestion: str | None
    works: Setting | None


@router.post(
    "/v1/smtp/check",
    summary="Check a login",
    responses=problems(
        *(400, 401, 403, 405, 408, 413, 415, 422, 429, 500, 503),
        _400="The body is not a JSON object.",
        _403="The key lacks the right, or may not speak for this account (`event.not_allowed`).",
        _413="Too large: 16 kB.",
        _415="Not application/json.",
        _422="A field is missing or wrong; `errors` says which.",
        _503="Too many logins are being checked, or this process ends, or the database is out of reach.",
        _429="Too many logins were tried (`smtp.rate_limited`). Retry-After and `retry_at` say when to come back.",
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": LoginForm.model_json_schema(), "example": EXAMPLE}},
        }
    },
    response_model=LoginAnswer,
    response_description="It was looked at; `outcome` says what came of it.",
)
async def check_login(request: Request, key: Publisher, services: Serving) -> Any:  # noqa: ANN401 - as response_model says
    """Log in to a mail server with these parameters, send no mail, and keep nothing but a count.

    Unknown fields are ignored. It takes a minute at most, some seconds as a rule.
    """
    form = _read(await _octets(request))
    _speaks_for(key, form.account)
    wanted = LoginWanted(
        account=form.account, login=form.login, sender=form.envelope_sender, locale=form.locale
    )
    try:
        checked = await request.app.state.pool.run(partial(check, wanted, services.logins))
    except Crowded:
        raise _come_back("Too many logins are being checked just now. This one was not tried.") from None
    except Interrupted:
        raise _come_back("This process ends, so the check was broken off. Ask for it again.") from None
    if isinstance(checked, TooOften):
        when = (checked.retry_at, checked.now)
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS, checked.message, code=SmtpCode.RATE_LIMITED, retry_at=when
        )
    return _answer(checked)


async def _octets(request: Request) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON or request.headers.get("content-encoding", "identity").lower() != "identity":
        said = f"Send {JSON}, without any content coding."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, said)
    return await read_body(request, LARGEST_BODY)


def _read(octets: bytes) -> LoginForm:
    try:
        given = parse_json(octets)
    except NotStrictJson as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error), code=EventCode.MALFORMED) from None
    if not isinstance(given, dict):
        said = "The body is not a JSON object."
        raise Problem(HTTPStatus.BAD_REQUEST, said, code=EventCode.MALFORMED)
    form = read_login(given)
    if isinstance(form, LoginForm):
        return form
    faults = [Fault(index=0, field=one.field, code=one.code, message=one.message) for one in form]
    said = "The login was not checked."
    raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, said, code=faults[0].code, errors=faults)


def _speaks_for(key: Key, account: str) -> None:
    accounts = accounts_of(key)
    if accounts is not None and account not in accounts:
        said = "This key may not speak for this account."
        raise Problem(HTTPStatus.FORBIDDEN, said, code=EventCode.NOT_ALLOWED)


def _come_back(said: str) -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, said, retry_after=COME_BACK_AFTER)


def _answer(checked: LoginChecked) -> dict[str, Any]:
    verdict, words = checked.verdict, checked.words
    works = verdict.works
    return {
        "outcome": verdict.outcome,
        "stage": verdict.stage,
        "code": verdict.code,
        "message": words.message,
        "advice": words.advice,
        "suggestion": words.suggestion,
        "works": None if works is None else {"port": works.port, "security": works.security},
    }
