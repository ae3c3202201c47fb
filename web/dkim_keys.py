"""The DKIM keys of a domain: which selector signs, and since when. Nothing here is a secret."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from domain.dkim_keys import KeyState
from domain.identity import Kind
from domain.sentences import Code
from web.access import Reader, Serving
from web.described import problems
from web.identities import find
from web.resources import Moment
from workers.told_keys import told_keys

router = APIRouter(tags=["identities"])

_ONE: Final = problems(401, 403, 404, 405, 500, 503)


class DkimKey(BaseModel):
    """One key. Each moment is null until it came. Times are RFC 3339, UTC, with milliseconds."""

    number: Annotated[int, Field(ge=1, description="Counts the keys of the domain.")]
    selector: Annotated[str, Field(description="As signatures name it (`s=`).")]
    target: Annotated[str, Field(description="The name in our zone that the owner's CNAME leads to.")]
    algorithm: Literal["rsa-2048", "ed25519"]
    state: KeyState
    record: Annotated[str | None, Field(description="The TXT that stands at the target.")]
    made_at: Moment
    published_at: Moment | None
    active_at: Moment | None
    rotated_at: Moment | None
    emptied_at: Moment | None


class DkimKeys(BaseModel):
    """The keys of a domain, the newest first; none before its first record was seen. `fault` is of our zone."""

    keys: list[DkimKey]
    fault: Code | None


@router.get(
    "/v1/domains/{domain_id}/keys",
    summary="The DKIM keys of a domain",
    responses=_ONE,
    response_model=DkimKeys,
)
def dkim_keys(domain_id: str, key: Reader, services: Serving) -> Response:
    """The keys that its mail is signed with, and those that come before and after."""
    with services.reading() as reading:
        identity = find(Kind.DOMAIN, domain_id, key, reading).identity
        pair = reading.dkim.of_domain(identity.id)
    return JSONResponse(told_keys(pair))
