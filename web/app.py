"""The HTTP interface, put together: every page, every header, every error in one form."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event
from typing import Any, Final

from fastapi import FastAPI

from web import confirm, dkim_keys, docs, feed, health, identities, intake, mailbox, sealing, smtp, start
from web.described import describe
from web.doorway import Doorway
from web.pace import Pace
from web.pool import Pool
from web.problems import answer_with_problems
from web.tail import Tail
from workers.services import Services

SUMMARY: Final = "Proves that somebody who wants to send mail as info@example.com may do so."
DESCRIPTION: Final = """\
Publish what you want proven to `POST /v1/events`; read what came of it from `GET /v1/events`.
Every request brings an API key: `Authorization: Bearer <key>`; only health and the sealing key are told to anybody.
A key sees its own accounts alone.

Errors are problem documents (RFC 9457). Programs read `code`, people `detail`. A query parameter that is not known is
an error too. Every path that answers GET answers HEAD and OPTIONS as well.
"""
TAGS: Final = [
    {"name": "events", "description": "What you say to Signet, and what it says to you."},
    {"name": "identities", "description": "How domains and addresses stand."},
    {"name": "smtp", "description": "Logins to mail servers of one's own."},
    {"name": "health", "description": "How this process is."},
]
ROOMS: Final = (start, intake, sealing, feed, identities, dkim_keys, confirm, smtp, health, mailbox, docs)


def create(services: Services, version: str, pace: Pace | None = None) -> FastAPI:
    """The application over `services`."""
    app = FastAPI(
        title="Signet",
        version=version,
        summary=SUMMARY,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_until_nothing_looks,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = services
    app.state.pace = pace or Pace()
    app.state.tail = Tail(services, app.state.pace.look)
    app.state.pool = Pool(app.state.pace.logins)
    app.state.stopping = Event()
    answer_with_problems(app, [route for room in ROOMS for route in room.router.routes])
    app.add_middleware(Doorway)
    for room in ROOMS:
        app.include_router(room.router)
    docs.mount_assets(app)
    _describe_once(app)
    return app


@asynccontextmanager
async def _until_nothing_looks(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.tail.close()


def _describe_once(app: FastAPI) -> None:
    """FastAPI asks the application for its description, and lets it be replaced so."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
