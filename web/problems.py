"""Every error as a problem document (RFC 9457): what is wrong, and what to do.

Nothing of our own insides ever stands in one.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from domain.ports import NotReachable

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"
COME_BACK_AFTER: Final = 5  # seconds


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
    detail: str | None = None
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
    ) -> None:
        """`retry_at` is when to come back, and what time it is now."""
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
        self.retry_after = math.ceil((retry_at[0] - retry_at[1]).total_seconds()) if retry_at else None


def answer_with_problems(app: FastAPI) -> None:
    """Let every error of this application leave as a problem document."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(NotReachable, _not_reachable)
    app.add_exception_handler(Exception, _fault)


def _answer(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    content = problem.document.model_dump(exclude_none=True)
    return JSONResponse(content, problem.status, headers, media_type=MEDIA_TYPE)


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    headers = {} if error.retry_after is None else {"Retry-After": str(max(1, error.retry_after))}
    if error.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(error, headers)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    said = {
        HTTPStatus.NOT_FOUND: "There is nothing here.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This method is not possible here.",
    }
    return _answer(Problem(status, said.get(status, status.description)), dict(error.headers or {}))


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return _answer(Problem(HTTPStatus.BAD_REQUEST, f"{where}: {first['msg']}.", code="field.invalid"))


async def _not_reachable(_: Request, error: Exception) -> Response:
    log.warning("request.not_taken", away=str(error))
    problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The database is out of reach; nothing was changed.")
    return _answer(problem, {"Retry-After": str(COME_BACK_AFTER)})


async def _fault(_: Request, error: Exception) -> Response:
    log.error("request.failed", error=type(error).__name__)
    return _answer(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "This is a fault of ours. It was written down."))
