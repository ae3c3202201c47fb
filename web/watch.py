"""How a role is: `/healthz`, `/readyz` and `/metrics` on an address of its own, without a key.

It stands on SIGNET_METRICS, which is for operators only; by default nobody but this machine reaches it.
"""

from fastapi import FastAPI

from web.doorway import Doorway
from web.health import healthz, readyz, written
from web.problems import answer_with_problems
from workers.services import Services


def watch(services: Services) -> FastAPI:
    """The pages of one role."""
    app = FastAPI(
        title="Signet role", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    app.state.services = services
    answer_with_problems(app)
    app.add_middleware(Doorway)
    app.get("/healthz")(healthz)
    app.get("/readyz")(readyz)
    app.get("/metrics")(lambda: written(services))
    return app
