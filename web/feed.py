"""The feed of events: a page, a page that is waited for, or a stream (server-sent events).

Law: a cursor that was given out is never overtaken; waiting holds neither a thread nor a connection.
"""

import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from threading import Event
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from domain.outbound import CursorExpired, FeedPage, FeedQuery
from domain.ports import NotReachable
from web.access import Reader, Serving, StillAllowed, accounts_of
from web.described import FEED_EVENT, problems, reference
from web.problems import Problem
from web.tail import Tail
from workers.services import Reading, Services

LONGEST_CURSOR: Final = 64
LONGEST_WAIT: Final = 30
STREAM: Final = "text/event-stream"
# A proxy that gathers a stream before it passes it on would keep the news (nginx, X-Accel-Buffering).
STREAMED: Final = {"X-Accel-Buffering": "no"}

router = APIRouter(tags=["events"])


class FeedParameters(BaseModel):
    """Which events are asked for. All is optional."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[
        str | None,
        Field(max_length=LONGEST_CURSOR, description="`next` of the last page; absent: the oldest kept."),
    ] = None
    type: Annotated[
        str | None,
        Field(max_length=200, description="A glob on short or full names.", examples=["domain.*"]),
    ] = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    wait: Annotated[
        float, Field(ge=0, le=LONGEST_WAIT, description="Seconds to wait where there is no event yet.")
    ] = 0


class EventsPage(BaseModel):
    """Events (CloudEvents 1.0) in their order, and the cursor to go on from; it is there also where none are."""

    events: list[Annotated[dict[str, Any], WithJsonSchema(reference(FEED_EVENT))]]
    next: Annotated[str, Field(max_length=LONGEST_CURSOR, pattern="^[A-Za-z0-9_-]+$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watching:
    """A reader who waits: what for, whether they may still, and when to stop."""

    services: Services
    tail: Tail
    query: FeedQuery
    comment: float
    stopping: Event
    allowed: Callable[[Reading], bool]


_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {STREAM: {"schema": {"type": "string"}}}},
    **problems(400, 401, 403, 405, 410, 500, 503),
}


@router.get("/v1/events", summary="Read events", responses=_ANSWERS, response_model=EventsPage)
async def events(  # noqa: PLR0917 - what the interface takes, and what FastAPI hands over
    request: Request,
    key: Reader,
    services: Serving,
    allowed: StillAllowed,
    asked: Annotated[FeedParameters, Query()],
    last_event_id: Annotated[
        str | None,
        Header(max_length=LONGEST_CURSOR, description="As `after`: where a stream was left."),
    ] = None,
) -> Response:
    """Read what was said, every event once. With `Accept: text/event-stream`, go on as it is said."""
    state = request.app.state
    watching = _Watching(
        services=services,
        tail=state.tail,
        query=FeedQuery(
            after=last_event_id or asked.after or None,
            type=asked.type or None,
            accounts=accounts_of(key),
            limit=asked.limit,
        ),
        comment=state.pace.comment,
        stopping=state.stopping,
        allowed=allowed,
    )
    if STREAM in request.headers.get("accept", ""):
        first = await _page(services, watching.query)
        if request.state.head:
            return Response(media_type=STREAM)
        return StreamingResponse(_stream(watching, first), media_type=STREAM, headers=STREAMED)
    return _written(await _wait(request, watching, asked.wait))


def _written(page: FeedPage) -> Response:
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


async def _wait(request: Request, watching: _Watching, seconds: float) -> FeedPage:
    """The next page, as soon as it holds an event; empty where the time is over, or we or the reader leave."""
    until = time.monotonic() + seconds
    page = await _page(watching.services, watching.query)
    while not page.events and time.monotonic() < until and not watching.stopping.is_set():
        newest = await watching.tail.newest()
        if await request.is_disconnected():
            break
        if newest != page.next:
            page = await _page(watching.services, replace(watching.query, after=page.next))
    return page


async def _stream(watching: _Watching, page: FeedPage) -> AsyncIterator[bytes]:
    """Until the reader leaves, we stop, or the key is revoked. While the database is away, only comments come."""
    said_at = time.monotonic()
    while not watching.stopping.is_set():
        for event in page.events:
            yield b"id: %b\nevent: %b\ndata: %b\n\n" % (
                event.cursor.encode(),
                event.type.encode(),
                event.body,
            )
            said_at = time.monotonic()
        if time.monotonic() - said_at >= watching.comment:
            yield b": still here\n\n"
            said_at = time.monotonic()
        following = await _following(watching, page)
        if following is None:
            return
        page = following


async def _following(watching: _Watching, page: FeedPage) -> FeedPage | None:
    """The page after a page, empty where nothing is new; None where the key, or the cursor, is one no more."""
    query = replace(watching.query, after=page.next)
    nothing = FeedPage(events=(), next=page.next)

    def read() -> FeedPage | None:
        with watching.services.reading() as reading:
            return reading.feed.page(query) if watching.allowed(reading) else None

    try:
        full = len(page.events) == query.limit
        if not full and await watching.tail.newest() == page.next:
            return nothing
        return await run_in_threadpool(read)
    except NotReachable:
        return nothing
    except CursorExpired:
        return None
