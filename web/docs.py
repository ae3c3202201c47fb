"""The page that shows the interface: Swagger UI, whose every part is served by us.

Law: no inline script, and nothing from anywhere else. Styles may be inline, since Swagger UI makes them so.
"""

from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from web.pages import page

ASSETS: Final = "/docs/assets"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
START: Final = """\
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
"""

router = APIRouter(include_in_schema=False)


class _Assets(StaticFiles):
    """Files that stay the same for a version of ours: a reader may keep them for an hour."""

    def file_response(self, *args: object, **options: object) -> Response:
        """As its parent does, with leave to keep it."""
        answer = super().file_response(*args, **options)  # type: ignore[arg-type]
        answer.headers["Cache-Control"] = "public, max-age=3600"
        return answer


@router.get("/docs")
def docs() -> HTMLResponse:
    """The interface, to read and to try."""
    return page("docs.html", POLICY, assets=ASSETS)


@router.get("/docs/start.js")
def start() -> Response:
    """What begins Swagger UI."""
    return Response(START, media_type="text/javascript")


def mount_assets(app: FastAPI) -> None:
    """Serve the files of Swagger UI, which come in the package fastapi-offline."""
    app.mount(ASSETS, _Assets(packages=[("fastapi_offline", "static")]), name="assets")
