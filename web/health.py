"""Whether this process lives, whether it can serve, and its numbers."""

from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from web.access import Operator, Serving
from web.problems import ProblemDocument

METRICS: Final = "text/plain; version=1.0.0; charset=utf-8"

router = APIRouter(tags=["health"])

_KEYED: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": ProblemDocument, "description": "No API key."},
    403: {"model": ProblemDocument, "description": "The key lacks the right ops."},
}


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """This process lives."""
    return {"status": "ok"}


@router.get(
    "/readyz", responses={503: {"description": "Not ready; `faults` says why."}}, response_class=JSONResponse
)
def readyz(services: Serving) -> JSONResponse:
    """This process can serve: what it needs is within reach."""
    faults = dict(services.faults())
    if faults:
        return JSONResponse({"status": "not ready", "faults": faults}, 503, {"Retry-After": "5"})
    return JSONResponse({"status": "ok"})


@router.get("/metrics", responses=_KEYED, response_class=Response)
def metrics(_: Operator, services: Serving) -> Response:
    """Numbers for Prometheus."""
    return Response(services.metrics(), media_type=METRICS)
