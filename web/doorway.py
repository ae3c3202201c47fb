"""What every answer passes on its way out: our headers, one line in the log, and the last net for our faults.

Law: the line holds the form of a path, never what was put into it; no query, no key, no body.
"""

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import Problem, problem_answer

log = structlog.get_logger()

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Asked every few seconds by whoever watches us: said only where somebody looks closely.
WATCHED: Final = frozenset({"/healthz", "/readyz", "/metrics"})


@dataclass(slots=True)
class _Told:
    """What was answered so far."""

    status: int | None = None


class Doorway:
    """Stands around an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, and its answer out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, told, inside = time.monotonic(), _Told(), _inside(scope)

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                told.status = int(message["status"])
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(inside, receive, out)
        except ClientDisconnect:
            log.info("request.left", method=scope["method"], path=_form(inside))
        except Exception as error:  # noqa: BLE001 - the outermost place of a request
            log.error("request.failed", error=type(error).__name__, path=_form(inside))  # noqa: TRY400 - no traceback
            if told.status is None:
                said = "This is a fault of ours. It was written down."
                answer = problem_answer(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, said))
                await answer(inside, receive, out)
        finally:
            _write_down(scope["method"], _form(inside), told.status, time.monotonic() - began)


def _inside(scope: Scope) -> Scope:
    """The request as the pages see it: HEAD is GET whose body the server leaves away (RFC 9110, section 9.3.2)."""
    head = scope["method"] == "HEAD"
    state = {**scope.get("state", {}), "head": head}
    return {**scope, "state": state, "method": "GET" if head else scope["method"]}


def _form(scope: Scope) -> str:
    """The path as the interface describes it, such as `/v1/domains/{domain_id}`; what is not ours is not told."""
    path: str = getattr(scope.get("route"), "path", "")
    return path or "(none)"


def _write_down(method: str, path: str, status: int | None, seconds: float) -> None:
    write = log.debug if path in WATCHED else log.info
    write("request.done", method=method, path=path, status=status, seconds=round(seconds, 4))
