"""How identities stand: a list, one whole, and its records in the forms that DNS people like."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from domain.fields import ACCOUNT_PATTERN
from domain.identity import Kind, State
from domain.standing import Standing, StandingQuery
from web.access import Reader, Serving, accounts_of
from web.described import problems
from web.problems import Problem
from web.resources import (
    Address,
    AddressPage,
    Certificate,
    CertificatePage,
    Domain,
    DomainPage,
    Login,
    LoginPage,
)
from workers.record_formats import FORMATS
from workers.resources import item, resource
from workers.services import Key, Reading, Services

NAMED: Final = {
    Kind.DOMAIN: "domain",
    Kind.ADDRESS: "address",
    Kind.SMTP: "login",
    Kind.CERTIFICATE: "certificate",
}
# The form of the ids that we give; what has another cannot be one, and must not begin the list anew.
ID_PATTERN: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MEDIA_TYPES: Final = {
    "csv": ("csv", "text/csv; charset=utf-8"),
    "zone": ("zone", "text/dns; charset=utf-8"),
    "tf": ("terraform", "text/plain; charset=utf-8"),
    "json": ("json", "application/json"),
}

router = APIRouter(tags=["identities"])

_LIST: Final = problems(400, 401, 403, 405, 500, 503)
_ONE: Final = problems(401, 403, 404, 405, 500, 503)
_RECORDS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            media_type.partition(";")[0]: {"schema": {"type": "array" if form == "json" else "string"}}
            for form, (_, media_type) in MEDIA_TYPES.items()
        }
    },
    **_ONE,
}


class Wanted(BaseModel):
    """Which identities are asked for. All is optional."""

    model_config = ConfigDict(extra="forbid")

    account: Annotated[str | None, Field(pattern=f"^({ACCOUNT_PATTERN})?$")] = None
    state: State | None = None
    after: Annotated[
        str | None, Field(pattern=f"^({ID_PATTERN})?$", description="`next` of the last page.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


@router.get("/v1/domains", summary="List domains", responses=_LIST, response_model=DomainPage)
def domains(key: Reader, services: Serving, asked: Annotated[Wanted, Query()]) -> Response:
    """The sending domains of the accounts that the key may see, in the order of their making."""
    return _page(Kind.DOMAIN, key, services, asked)


@router.get("/v1/domains/{domain_id}", summary="One domain", responses=_ONE, response_model=Domain)
def domain(domain_id: str, key: Reader, services: Serving) -> Response:
    """One sending domain: its state, its records as the last look saw them, its history."""
    return _whole(Kind.DOMAIN, domain_id, key, services)


@router.get("/v1/addresses", summary="List addresses", responses=_LIST, response_model=AddressPage)
def addresses(key: Reader, services: Serving, asked: Annotated[Wanted, Query()]) -> Response:
    """The sender addresses of the accounts that the key may see, in the order of their making."""
    return _page(Kind.ADDRESS, key, services, asked)


@router.get("/v1/addresses/{address_id}", summary="One address", responses=_ONE, response_model=Address)
def address(address_id: str, key: Reader, services: Serving) -> Response:
    """One sender address: its state and its history."""
    return _whole(Kind.ADDRESS, address_id, key, services)


@router.get("/v1/smtp", summary="List logins", responses=_LIST, response_model=LoginPage)
def logins(key: Reader, services: Serving, asked: Annotated[Wanted, Query()]) -> Response:
    """The logins at their owners' own mail servers, in the order of their making."""
    return _page(Kind.SMTP, key, services, asked)


@router.get("/v1/smtp/{smtp_id}", summary="One login", responses=_ONE, response_model=Login)
def login(smtp_id: str, key: Reader, services: Serving) -> Response:
    """One login: its state and its history, never its password."""
    return _whole(Kind.SMTP, smtp_id, key, services)


@router.get("/v1/certificates", summary="List certificates", responses=_LIST, response_model=CertificatePage)
def certificates(key: Reader, services: Serving, asked: Annotated[Wanted, Query()]) -> Response:
    """The signing certificates of sender addresses, in the order of their making."""
    return _page(Kind.CERTIFICATE, key, services, asked)


@router.get(
    "/v1/certificates/{certificate_id}",
    summary="One certificate",
    responses=_ONE,
    response_model=Certificate,
)
def certificate(certificate_id: str, key: Reader, services: Serving) -> Response:
    """One signing certificate: its state, what stands in it, and its history, never its key."""
    return _whole(Kind.CERTIFICATE, certificate_id, key, services)


@router.get(
    "/v1/domains/{domain_id}/records.{form}",
    summary="The records of a domain",
    responses=_RECORDS,
    response_class=Response,
)
def records(
    domain_id: str,
    form: Annotated[str, Path(json_schema_extra={"enum": list(MEDIA_TYPES)})],
    key: Reader,
    services: Serving,
) -> Response:
    """The records to publish, as CSV, zone file, Terraform or JSON."""
    if form not in MEDIA_TYPES:
        raise Problem(HTTPStatus.NOT_FOUND, f"Records come as {', '.join(MEDIA_TYPES)}.")
    with services.reading() as reading:
        identity = find(Kind.DOMAIN, domain_id, key, reading).identity
    name, media_type = MEDIA_TYPES[form]
    text = FORMATS[name](identity.proof.records)
    return Response(
        text.encode(),
        headers={
            "Content-Disposition": f'attachment; filename="{identity.subject}.{form}"',
            "Content-Type": media_type,
        },
    )


def _page(kind: Kind, key: Key, services: Services, asked: Wanted) -> Response:
    """A part of the list of one kind."""
    seen, account = accounts_of(key), asked.account or None
    wanted = seen if account is None else frozenset({account}) & (seen if seen is not None else {account})
    query = StandingQuery(
        kind=kind,
        accounts=wanted,
        state=asked.state,
        after=asked.after or None,
        limit=asked.limit + 1,
    )
    with services.reading() as reading:
        found = reading.directory.page(query)
    shown, more = found[: asked.limit], len(found) > asked.limit
    return JSONResponse(
        {"items": [item(one) for one in shown], "next": shown[-1].identity.id if more else None}
    )


def _whole(kind: Kind, identity_id: str, key: Key, services: Services) -> Response:
    with services.reading() as reading:
        standing = find(kind, identity_id, key, reading)
        looks = reading.directory.looks(standing.identity.id, limit=1)
        history = reading.directory.history(standing.identity.id)
    return JSONResponse(resource(standing, looks, history, services.providers))


def find(kind: Kind, identity_id: str, key: Key, reading: Reading) -> Standing:
    """The identity, or 404: what another account has does not exist for this key."""
    seen = accounts_of(key)
    found = [one for one in reading.directory.find([identity_id]) if one.identity.kind is kind]
    if not found or (seen is not None and found[0].identity.account not in seen):
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no such {NAMED[kind]}.")
    return found[0]
