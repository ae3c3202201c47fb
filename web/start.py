"""The first page: what this is, and where to go from here."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.access import Serving
from web.mailbox import shows_mailbox
from web.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/")
def start(request: Request, services: Serving) -> HTMLResponse:
    """A few words for whoever opens the address in a browser."""
    return page("start.html", version=request.app.version, mailbox=shows_mailbox(request, services))
