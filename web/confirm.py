"""The page behind the link of a confirmation mail: one button, which confirms.

Law: looking changes nothing, since scanners follow links; only the button's POST does. A link that is over,
replaced or unknown shows one and the same page. No script, no outside asset, no trace of the link elsewhere.
"""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.access import Serving
from web.pages import PLAIN, page
from workers import confirming
from workers.confirming import Link
from workers.services import Services, Texts

router = APIRouter(include_in_schema=False)

POLICY: Final = PLAIN.replace("form-action 'none'", "form-action 'self'")
CZECH: Final = "cs"
ENGLISH: Final = "en"


@router.get("/confirm/{token}")
def look(token: str, request: Request, services: Serving) -> HTMLResponse:
    """Show whose address the link confirms, and the button."""
    link = confirming.look_up(token, services.confirming)
    if link is None:
        return _over(request, services)
    return _shown("confirmed.html" if link.before else "confirm.html", link, services)


@router.post("/confirm/{token}")
def press(token: str, request: Request, services: Serving) -> HTMLResponse:
    """Confirm the address; a second press says so kindly."""
    link = confirming.press(token, services.confirming)
    if link is None:
        return _over(request, services)
    return _shown("confirmed.html", link, services)


def _shown(template: str, link: Link, services: Services) -> HTMLResponse:
    address = link.address
    said = services.texts(address.contact.locale if address.contact else ENGLISH)
    return _page(
        template, said, services, address=address.address, account=address.account, before=link.before
    )


def _over(request: Request, services: Services) -> HTMLResponse:
    """The one page of all links that do nothing, in the language of the browser."""
    said = services.texts(_locale(request.headers.get("accept-language", "")))
    answer = _page("link_over.html", said, services)
    answer.status_code = HTTPStatus.GONE
    return answer


def _page(template: str, said: Texts, services: Services, **values: object) -> HTMLResponse:
    return page(template, POLICY, _=said.say, language=said.language, brand=services.brand, **values)


def _locale(accepted: str) -> str:
    """Czech where the browser asks for it before English (RFC 9110, section 12.5.4), else English."""
    for one in accepted.split(","):
        language = one.partition(";")[0].strip().partition("-")[0].lower()
        if language in {CZECH, ENGLISH}:
            return language
    return ENGLISH
