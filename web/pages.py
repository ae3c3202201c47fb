"""Pages for people: plain HTML and CSS without any script of ours.

Law: whatever stands in a page that did not come from us is escaped, or stands in a frame without rights.
"""

from pathlib import Path
from typing import Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

# The address bar's picture is an empty one, so that no browser asks for /favicon.ico.
PLAIN: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def page(name: str, policy: str = PLAIN, **values: object) -> HTMLResponse:
    """One page from its template."""
    html = _pages.get_template(name).render(**values)
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})
