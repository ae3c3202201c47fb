"""The feed of events: a page, a page that is waited for, or a stream (server-sent events).

Law: a cursor that was given out is never overtaken; waiting holds neither a thread nor a connection.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from domain.outbound import CursorExpired, FeedPage, FeedQuery
from domain.ports import NotReachable
from web.access import Reader, Serving, accounts_of
from web.problems import Problem, ProblemDocument
from workers.services import Services

LONGEST_CURSOR: Final = 64
LONGEST_WAIT: Final = 30
LOOK_EVERY: Final = 0.2  # seconds
COMMENT_EVERY: Final = 15.0  # seconds
STREAM: Final = "text/event-stream"

router = APIRouter(tags=["events"])


class EventsPage(BaseModel):
    """Events (CloudEvents 1.0) in their order, and the cursor to go on from; it is there also where none are."""

    events: list[dict[str, Any]]
    next: str


_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {STREAM: {"schema": {"type": "string"}}}},
    400: {"model": ProblemDocument, "description": "A parameter is not possible."},
    401: {"model": ProblemDocument, "description": "No API key."},
    403: {"model": ProblemDocument, "description": "The key may not read."},
    410: {"model": ProblemDocument, "description": "The cursor is older than the events kept."},
    503: {"model": ProblemDocument, "description": "The database is out of reach."},
}


@router.get("/v1/events", responses=_ANSWERS, response_model=EventsPage)
async def events(  # noqa: PLR0917 - one argument for each parameter of the interface
    request: Request,
    key: Reader,
    services: Serving,
    after: Annotated[
        str | None, Query(max_length=LONGEST_CURSOR, description="Absent: the oldest kept.")
    ] = None,
    type_: Annotated[
        str | None, Query(alias="type", max_length=200, description="A glob on short or full names.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for the first.")] = 0,
    last_event_id: Annotated[str | None, Header(max_length=LONGEST_CURSOR)] = None,
) -> Response:
    """Read what was said, every event once. With `Accept: text/event-stream`, go on as it is said."""
    query = FeedQuery(
        after=last_event_id or after or None, type=type_ or None, accounts=accounts_of(key), limit=limit
    )
    if STREAM in request.headers.get("accept", ""):
        first = await _page(services, query)
        return StreamingResponse(_stream(services, query, first), media_type=STREAM)
    page = await _wait(request, services, query, wait)
    body = b'{"events":[%b],"next":%b}' % (
        b",".join(event.body for event in page.events),
        json.dumps(page.next).encode("ascii"),
    )
    return Response(body, media_type="application/json")


async def _page(services: Services, query: FeedQuery) -> FeedPage:
    def read() -> FeedPage:
        with services.reading() as reading:
            return reading.feed.page(query)

    try:
        return await run_in_threadpool(read)
    except CursorExpired as error:
        raise Problem(HTTPStatus.GONE, str(error), code="cursor.expired") from None


async def _wait(request: Request, services: Services, query: FeedQuery, seconds: float) -> FeedPage:
    until = time.monotonic() + seconds
    page = await _page(services, query)
    while not page.events and time.monotonic() < until and not await request.is_disconnected():
        await asyncio.sleep(LOOK_EVERY)
        page = await _page(services, query)
    return page


async def _stream(services: Services, query: FeedQuery, page: FeedPage) -> AsyncIterator[bytes]:
    """Until the reader leaves. While the database is away, only comments are sent."""
    said_at = time.monotonic()
    while True:
        for event in page.events:
            yield b"id: %b\nevent: %b\ndata: %b\n\n" % (
                event.cursor.encode(),
                event.type.encode(),
                event.body,
            )
            said_at = time.monotonic()
        if time.monotonic() - said_at >= COMMENT_EVERY:
            yield b": still here\n\n"
            said_at = time.monotonic()
        if len(page.events) < query.limit:
            await asyncio.sleep(LOOK_EVERY)
        query = replace(query, after=page.next)
        try:
            page = await _page(services, query)
        except NotReachable:
            page = FeedPage(events=(), next=page.next)
