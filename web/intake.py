"""Takes events over HTTP: one, or a batch that is taken whole or not at all. 202 only after commit."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from events.codes import EventCode
from events.envelope import (
    LARGEST_BATCH,
    LARGEST_BODY,
    STRUCTURED,
    Envelope,
    Unreadable,
    read_batch,
    read_http,
)
from web.access import Publisher, Serving, accounts_of
from web.problems import Fault, Problem, ProblemDocument
from workers.intake import Accepted, Answer, Arrival, RefusedEvent, take
from workers.services import Services

BATCH: Final = "application/cloudevents-batch"
RATE_LIMITED: Final = "rate.limited"

router = APIRouter(tags=["events"])


class Taken(BaseModel):
    """An event that was taken now (`accepted`), or before (`duplicate`: nothing changed)."""

    id: str
    source: str
    status: Literal["accepted", "duplicate"]


_EXAMPLE: Final = {
    "specversion": "1.0",
    "id": "order-4711",
    "source": "urn:example:shop",
    "type": "org.signet.domain.registered.v1",
    "data": {"account": "acme", "plan": "BUSINESS", "domain": "example.org"},
}
_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/cloudevents+json": {"schema": {"type": "object"}, "example": _EXAMPLE},
        "application/cloudevents-batch+json": {
            "schema": {"type": "array", "items": {"type": "object"}, "maxItems": 1000},
            "example": [_EXAMPLE],
        },
        "application/json": {"schema": {"type": "object"}, "example": _EXAMPLE["data"]},
    },
}
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ProblemDocument, "description": said}
    for status, said in {
        400: "Cannot be read as an event.",
        401: "No API key.",
        403: "The key may not publish for this account.",
        413: "Too large: 262,144 octets an event, 1,000 events and 4 MB a batch.",
        415: "Neither structured, nor binary, nor a batch.",
        422: "Breaks a rule of form, or asks for what is not there. Nothing was changed.",
        429: "Too many looks asked for. See Retry-After.",
        503: "Nothing was changed: the database is out of reach.",
    }.items()
}


@router.post(
    "/v1/events",
    status_code=202,
    responses=_REFUSALS,
    openapi_extra={"requestBody": _BODY},
    response_model=Taken | list[Taken],
)
async def publish(request: Request, key: Publisher, services: Serving) -> Any:  # noqa: ANN401 - one or many
    """Publish one event (structured or binary CloudEvents 1.0) or a batch.

    The answer comes after commit. Refusals of the matter, such as a freemail domain, come as events.
    """
    content_type = request.headers.get("content-type", "").lower()
    batch = content_type.startswith(BATCH)
    body = await _body(request, LARGEST_BATCH if batch else LARGEST_BODY)
    envelopes = _read(request, body, content_type, batch=batch)
    accounts = accounts_of(key)
    arrivals = [Arrival(publisher=key.publisher, accounts=accounts, envelope=one) for one in envelopes]
    answers = await run_in_threadpool(take, arrivals, services.tools, whole=True)
    await run_in_threadpool(_complain, answers, services)
    taken = [
        Taken(
            id=one.id, source=one.source, status="accepted" if isinstance(answer, Accepted) else "duplicate"
        )
        for one, answer in zip(envelopes, answers, strict=True)
    ]
    return taken if batch else taken[0]


async def _body(request: Request, largest: int) -> bytes:
    """Read the body, and no octet more than may come."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            said = f"At most {largest} octets are possible."
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said, code=EventCode.TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def _read(request: Request, body: bytes, content_type: str, *, batch: bool) -> Sequence[Envelope]:
    if batch:
        found = read_batch(body)
        if isinstance(found, Unreadable):
            raise _unreadable(found)
        return found
    if not content_type.startswith(STRUCTURED) and "ce-specversion" not in request.headers:
        said = (
            "Send application/cloudevents+json, application/cloudevents-batch+json, or ce- headers "
            "with a JSON body (CloudEvents 1.0, HTTP binding)."
        )
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, said)
    one = read_http(body, dict(request.headers), content_type)
    if isinstance(one, Unreadable):
        raise _unreadable(one)
    return [one]


def _unreadable(found: Unreadable) -> Problem:
    too_large = found.code is EventCode.TOO_LARGE
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.BAD_REQUEST
    return Problem(status, found.reason, code=found.code)


def _complain(answers: Sequence[Answer], services: Services) -> None:
    """Where one was refused nothing was taken: say why, and with which status."""
    refused = [(index, answer) for index, answer in enumerate(answers) if isinstance(answer, RefusedEvent)]
    if not refused:
        return
    faults = [
        Fault(index=index, field=error.field, code=error.code, message=error.message)
        for index, answer in refused
        for error in answer.errors
    ]
    codes = {fault.code for fault in faults}
    if EventCode.NOT_ALLOWED in codes:
        said = "This key may not publish for this account."
        raise Problem(HTTPStatus.FORBIDDEN, said, code=EventCode.NOT_ALLOWED, errors=faults)
    again = [answer.retry_at for _, answer in refused if answer.retry_at is not None]
    if codes == {RATE_LIMITED} and again:
        with services.tools.unit_of_work() as work:
            now = work.now
        said = faults[0].message
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS, said, code=RATE_LIMITED, errors=faults, retry_at=(max(again), now)
        )
    said = "The event was not taken." if len(answers) == 1 else "Nothing of the batch was taken."
    raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, said, code=faults[0].code, errors=faults)
