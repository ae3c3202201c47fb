"""How identities stand: a list, one whole, and its records in the forms that DNS people like."""

from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel

from domain.identity import Kind, State
from domain.standing import Standing, StandingQuery
from web.access import Reader, Serving, accounts_of
from web.problems import Problem, ProblemDocument
from workers.record_formats import FORMATS
from workers.resources import Json, item, resource
from workers.services import Key, Services

router = APIRouter(tags=["identities"])

MEDIA_TYPES: Final = {
    "csv": ("csv", "text/csv; charset=utf-8"),
    "zone": ("zone", "text/dns; charset=utf-8"),
    "tf": ("terraform", "text/plain; charset=utf-8"),
    "json": ("json", "application/json"),
}

_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": ProblemDocument, "description": "A parameter is not possible."},
    401: {"model": ProblemDocument, "description": "No API key."},
    403: {"model": ProblemDocument, "description": "The key may not read."},
    503: {"model": ProblemDocument, "description": "The database is out of reach."},
}
_ONE: Final = _PROBLEMS | {
    404: {"model": ProblemDocument, "description": "There is none, or it is another account's."}
}


class Page(BaseModel):
    """Identities in the order of their making. `next` goes into `after`; null at the end."""

    items: list[dict[str, Any]]
    next: str | None


@router.get("/v1/domains", responses=_PROBLEMS)
def domains(  # noqa: PLR0917 - one argument for each parameter of the interface
    key: Reader,
    services: Serving,
    account: Annotated[str | None, Query(max_length=128)] = None,
    state: State | None = None,
    after: Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Page:
    """The sending domains of the accounts that the key may see."""
    seen = accounts_of(key)
    wanted = seen if account is None else frozenset({account}) & (seen if seen is not None else {account})
    query = StandingQuery(kind=Kind.DOMAIN, accounts=wanted, state=state, after=after or None, limit=limit)
    with services.reading() as reading:
        found = reading.directory.page(query)
    more = len(found) == limit
    return Page(items=[item(one) for one in found], next=found[-1].identity.id if more else None)


@router.get("/v1/domains/{domain_id}", responses=_ONE)
def domain(domain_id: str, key: Reader, services: Serving) -> Json:
    """One sending domain: its state, its records as the last look saw them, its history."""
    standing = _find(domain_id, key, services)
    with services.reading() as reading:
        looks = reading.directory.looks(standing.identity.id, limit=1)
        history = reading.directory.history(standing.identity.id)
    return resource(standing, looks, history)


@router.get("/v1/domains/{domain_id}/records.{form}", responses=_ONE, response_class=Response)
def records(
    domain_id: str, form: Literal["csv", "zone", "tf", "json"], key: Reader, services: Serving
) -> Response:
    """The records to publish, as CSV, zone file, Terraform or JSON."""
    standing = _find(domain_id, key, services)
    name, media_type = MEDIA_TYPES[form]
    text = FORMATS[name](standing.identity.challenge.records)
    file = f"{standing.identity.subject}.{form}"
    return Response(
        text.encode(),
        headers={"Content-Disposition": f'attachment; filename="{file}"', "Content-Type": media_type},
    )


def _find(identity_id: str, key: Key, services: Services) -> Standing:
    """The identity, or 404: what another account has does not exist for this key."""
    seen = accounts_of(key)
    with services.reading() as reading:
        found = reading.directory.find([identity_id])
    if not found or (seen is not None and found[0].identity.account not in seen):
        raise Problem(HTTPStatus.NOT_FOUND, "There is no such domain.")
    return found[0]
