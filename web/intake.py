"""Takes events over HTTP: one, or a batch that is taken whole or not at all. 202 only after commit."""

from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from events.codes import EventCode
from events.envelope import (
    LARGEST_BATCH,
    LARGEST_BODY,
    LONGEST_BATCH,
    Envelope,
    Unreadable,
    read_batch,
    read_http,
)
from web.access import Publisher, Serving, accounts_of
from web.body import read_body
from web.described import problems, published_attributes, published_body
from web.problems import Fault, Problem
from workers.intake import Accepted, Answer, Arrival, RefusedEvent, take
from workers.sealing import sealed
from workers.services import Services

RATE_LIMITED: Final = "rate.limited"
NOT_TAKEN: Final = "The event was not taken."

router = APIRouter(tags=["events"])


class _Form(StrEnum):
    """In which form events come (CloudEvents 1.0, HTTP binding, section 3): the media type tells."""

    STRUCTURED = "application/cloudevents+json"
    BATCH = "application/cloudevents-batch+json"
    BINARY = "application/json"


class Taken(BaseModel):
    """An event that was taken now (`accepted`), or before (`duplicate`: nothing changed)."""

    id: str
    source: str
    status: Literal["accepted", "duplicate"]


@router.post(
    "/v1/events",
    status_code=202,
    summary="Publish events",
    responses=problems(
        *(400, 401, 403, 405, 408, 413, 415, 422, 429, 500, 503),
        _403="The key lacks the right, or may not publish for this account (`event.not_allowed`).",
        _503="Not committed. Send the same again after Retry-After: it is taken once.",
    ),
    openapi_extra={
        "parameters": published_attributes(),
        "requestBody": published_body(_Form.STRUCTURED, _Form.BATCH, LONGEST_BATCH),
    },
    response_model=Taken | list[Taken],
    response_description="Taken, and committed. A batch is answered with an array in its order.",
)
async def publish(request: Request, key: Publisher, services: Serving) -> Any:  # noqa: ANN401 - one or many
    """Publish one event (structured or binary CloudEvents 1.0) or a batch.

    The answer comes after commit. Refusals of the matter, such as a freemail domain, come as events.
    """
    form = _form(request)
    body = await read_body(request, LARGEST_BATCH if form is _Form.BATCH else LARGEST_BODY)
    envelopes = await run_in_threadpool(_sealed, _read(request, body, form), services)
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
    return taken if form is _Form.BATCH else taken[0]


def _form(request: Request) -> _Form:
    """The form of what comes, or 415."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body without any content coding.")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type in {_Form.STRUCTURED, _Form.BATCH}:
        return _Form(media_type)
    is_json = not media_type or media_type == _Form.BINARY or media_type.endswith("+json")
    cloud = media_type.startswith("application/cloudevents")
    if is_json and not cloud and "ce-specversion" in request.headers:
        return _Form.BINARY
    said = (
        f"Send {_Form.STRUCTURED}, {_Form.BATCH}, or ce- headers with a JSON body "
        "(CloudEvents 1.0, HTTP binding)."
    )
    raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, said)


def _read(request: Request, body: bytes, form: _Form) -> Sequence[Envelope]:
    found = read_batch(body) if form is _Form.BATCH else read_http(body, dict(request.headers), form.value)
    if isinstance(found, Unreadable):
        too_large = found.code is EventCode.TOO_LARGE
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.BAD_REQUEST
        raise Problem(status, found.reason, code=found.code)
    return [found] if isinstance(found, Envelope) else found


def _sealed(envelopes: Sequence[Envelope], services: Services) -> Sequence[Envelope]:
    """The same with every secret sealed: TLS was the seal of what came in clear."""
    found = sealed(envelopes, services)
    errors = [(index, one) for index, one in enumerate(found) if isinstance(one, tuple)]
    if errors:
        faults = [
            Fault(index=index, field=error.field, code=error.code, message=error.message)
            for index, several in errors
            for error in several
        ]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, NOT_TAKEN, code=faults[0].code, errors=faults)
    return [one for one in found if isinstance(one, Envelope)]


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
    said = NOT_TAKEN if len(answers) == 1 else "Nothing of the batch was taken."
    raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, said, code=faults[0].code, errors=faults)
