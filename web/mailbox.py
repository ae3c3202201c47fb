"""The mails that were written while no relay is set, for whoever tries Signet out on their own machine.

Law: only pages of this machine show them, since they may hold links that confirm.
"""

from http import HTTPStatus
from ipaddress import ip_address
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from web.access import Serving
from web.pages import PLAIN, page
from web.problems import Problem
from workers.services import Letters, Services

router = APIRouter(include_in_schema=False)

# The mail itself stands in a frame in which nothing runs and nothing is fetched; its links open elsewhere.
POLICY: Final = f"{PLAIN}; frame-src 'self'"


def shows_mailbox(request: Request, services: Services) -> bool:
    """Whether there is a mailbox, and the reader sits at this machine.

    The name that was asked for counts too: else a page elsewhere, whose name was turned to
    127.0.0.1, would read the mails in a browser here (DNS rebinding).
    """
    near = request.client is not None and _is_here(request.client.host)
    return services.letters is not None and near and _is_here(request.url.hostname or "")


def letters_of(request: Request, services: Serving) -> Letters:
    """The mailbox, or 404."""
    if services.letters is None or not shows_mailbox(request, services):
        raise Problem(HTTPStatus.NOT_FOUND, "There is nothing here.")
    return services.letters


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


Box = Annotated[Letters, Depends(letters_of)]


@router.get("/mailbox")
def mailbox(letters: Box) -> HTMLResponse:
    """The mails, newest first."""
    return page("mailbox.html", POLICY, letters=letters.latest())


@router.get("/mailbox/{letter_id}")
def letter(letter_id: str, letters: Box) -> HTMLResponse:
    """One mail, as its reader sees it."""
    found = letters.read(letter_id)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "There is no such mail.")
    return page("letter.html", POLICY, letter=found)
