"""The HTTP interface, put together: every page, every header, every error in one form."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi_offline import FastAPIOffline

from web import feed, health, identities, intake, mailbox
from web.problems import answer_with_problems
from workers.services import Services

log = structlog.get_logger()

DESCRIPTION: Final = """\
Signet proves that somebody who wants to send mail as `info@example.com` may do so.

Publish what you want proven to `POST /v1/events`; read what came of it from `GET /v1/events`.
Errors are problem documents (RFC 9457). Programs read `code`, people `detail`.
"""

# The pages of /docs carry an inline script of Swagger UI; all else on them is served by us.
DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; worker-src blob:; font-src 'self'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create(services: Services, version: str) -> FastAPI:
    """The application over `services`."""
    app = FastAPIOffline(
        title="Signet", version=version, description=DESCRIPTION, docs_url="/docs", redoc_url=None
    )
    app.state.services = services
    answer_with_problems(app)
    app.middleware("http")(_serve)
    for room in (intake, feed, identities, health, mailbox):
        app.include_router(room.router)
    return app


async def _serve(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    """Answer with our headers, and write one line that holds neither query nor key."""
    began = time.monotonic()
    response = await answer(request)
    path = request.url.path
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if path.startswith(("/docs", "/static-offline-docs")):
        response.headers["Content-Security-Policy"] = DOCS_POLICY
    seconds = round(time.monotonic() - began, 4)
    log.info("request.done", method=request.method, path=path, status=response.status_code, seconds=seconds)
    return response
