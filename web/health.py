"""Whether this process lives, whether it can serve, and its numbers."""

from typing import Final, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from web.access import Operator, Serving
from web.described import problems
from workers.services import Services

METRICS: Final = "text/plain; version=1.0.0; charset=utf-8"

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """This process lives."""

    status: Literal["ok"] = "ok"


class NotReady(BaseModel):
    """What keeps this process from serving, by name."""

    status: Literal["not ready"] = "not ready"
    faults: dict[str, str]


@router.get("/healthz", summary="Alive", responses=problems(405, 500))
async def healthz() -> Alive:
    """This process lives."""
    return Alive()


@router.get(
    "/readyz",
    summary="Ready",
    response_model=Alive,
    responses={
        503: {"model": NotReady, "description": "Not ready; `faults` says why."},
        **problems(405, 500),
    },
)
def readyz(services: Serving) -> Response:
    """This process can serve: what it needs is within reach."""
    faults = dict(services.faults())
    if faults:
        return JSONResponse(NotReady(faults=faults).model_dump(), 503, {"Retry-After": "5"})
    return JSONResponse(Alive().model_dump())


@router.get(
    "/metrics",
    summary="Numbers",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **problems(401, 403, 405, 500, 503),
    },
)
def metrics(_: Operator, services: Serving) -> Response:
    """Numbers for Prometheus. The key needs the right `ops`."""
    return written(services)


def written(services: Services) -> Response:
    """The numbers as Prometheus reads them."""
    return Response(services.metrics(), media_type=METRICS)
