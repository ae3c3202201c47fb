"""Every error as a problem document (RFC 9457): what is wrong, and what to do.

Nothing of our own insides ever stands in one.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from domain.ports import NotReachable
from domain.secrets import NoVault

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"
COME_BACK_AFTER: Final = 5  # seconds
NO_SOONER_THAN: Final = 3600  # seconds: somebody has to put it right
SAID: Final = {
    HTTPStatus.NOT_FOUND: "There is nothing here.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This method is not possible here; the header Allow says which are.",
}


class Fault(BaseModel):
    """One thing that is wrong with an event. `index` is its place in a batch, 0 for a single one."""

    index: int
    field: str
    code: str
    message: str


class ProblemDocument(BaseModel):
    """An error (RFC 9457). Programs read `code`, people `detail`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str | None = None
    errors: list[Fault] | None = None
    retry_at: str | None = None


class Problem(Exception):  # noqa: N818 - the word of the RFC
    """Ends a request with a problem document."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[Fault] = (),
        retry_at: tuple[datetime, datetime] | None = None,
        retry_after: int | None = None,
    ) -> None:
        """`retry_at` is when to come back, and what time it is now; `retry_after` says it in seconds."""
        super().__init__(detail)
        self.status = status
        self.document = ProblemDocument(
            title=status.phrase,
            status=status,
            detail=detail,
            code=code,
            errors=list(errors) or None,
            retry_at=retry_at[0].isoformat(timespec="milliseconds").replace("+00:00", "Z")
            if retry_at
            else None,
        )
        self.retry_after = retry_after
        if retry_at:
            self.retry_after = math.ceil((retry_at[0] - retry_at[1]).total_seconds())


def problem_answer(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as it leaves."""
    content = problem.document.model_dump(exclude_none=True)
    return JSONResponse(content, problem.status, headers, media_type=MEDIA_TYPE)


def answer_with_problems(app: FastAPI, routes: Sequence[BaseRoute] = ()) -> None:
    """Let every error of this application leave as a problem document. `routes` say which methods a path has."""

    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _http(request, error, routes)

    handlers: dict[type[Exception], Any] = {
        Problem: _problem,
        HTTPException: answer,
        RequestValidationError: _invalid,
        NotReachable: _not_reachable,
        NoVault: _no_vault,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _problem(_: Request, error: Problem) -> Response:
    headers = {} if error.retry_after is None else {"Retry-After": str(max(1, error.retry_after))}
    if error.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return problem_answer(error, headers)


def _http(request: Request, error: HTTPException, routes: Sequence[BaseRoute]) -> Response:
    status, headers = HTTPStatus(error.status_code), dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed(request, routes) or [headers.get("Allow", "GET")])
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    return problem_answer(Problem(status, SAID.get(status, status.description)), headers)


def _allowed(request: Request, routes: Sequence[BaseRoute]) -> list[str]:
    """Every method of a path: it may stand in several routes."""
    found = {
        method
        for route in routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in getattr(route, "methods", None) or ()
    }
    return sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())) if found else []


async def _invalid(_: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    said = "This parameter is not known." if first["type"] == "extra_forbidden" else f"{first['msg']}."
    return problem_answer(Problem(HTTPStatus.BAD_REQUEST, f"{where}: {said}", code="field.invalid"))


async def _not_reachable(_: Request, error: NotReachable) -> Response:
    log.warning("request.not_taken", away=str(error))
    said = "The database is out of reach. Send it again: what is sent twice is taken once."
    problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, said)
    return problem_answer(problem, {"Retry-After": str(COME_BACK_AFTER)})


async def _no_vault(_: Request, error: NoVault) -> Response:
    problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    return problem_answer(problem, {"Retry-After": str(NO_SOONER_THAN)})
