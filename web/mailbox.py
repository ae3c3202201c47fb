"""The mails that were written while no relay is set, for whoever tries Signet out on their own machine.

Law: only pages that come from this machine see them, since they may hold links that confirm.
"""

from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.access import Serving
from web.problems import Problem
from workers.services import Letters

router = APIRouter(include_in_schema=False)

# The mail itself stands in a frame without rights; nothing of it runs, and nothing is fetched.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'"

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def letters_of(request: Request, services: Serving) -> Letters:
    """The mailbox, where there is one and the reader sits at this machine."""
    near = request.client is not None and _is_loopback(request.client.host)
    if services.letters is None or not near:
        raise Problem(HTTPStatus.NOT_FOUND, "There is nothing here.")
    return services.letters


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


Box = Annotated[Letters, Depends(letters_of)]


@router.get("/mailbox")
def mailbox(letters: Box) -> HTMLResponse:
    """The mails, newest first."""
    return _page("mailbox.html", letters=letters.latest())


@router.get("/mailbox/{letter_id}")
def letter(letter_id: str, letters: Box) -> HTMLResponse:
    """One mail, as its reader sees it."""
    found = letters.read(letter_id)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "There is no such mail.")
    return _page("letter.html", letter=found)


def _page(name: str, **values: object) -> HTMLResponse:
    html = _pages.get_template(name).render(**values)
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})
