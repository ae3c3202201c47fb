"""The key with which secrets are sealed for us: for anybody, and to be kept for an hour."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from web.access import Serving
from web.described import problems
from web.resources import Id, Moment
from workers import sealing

FRESH: Final = (
    3600  # seconds: as long a key that was replaced is still given out by caches, and it opens for 30 days
)

router = APIRouter(tags=["events"])


class PublicSealingKey(BaseModel):
    """What to seal a secret field with (HPKE, RFC 9180, base mode). `id` goes into `key` of the sealed field."""

    id: Id
    kem: Literal["DHKEM(X25519, HKDF-SHA256)"]
    kdf: Literal["HKDF-SHA256"]
    aead: Literal["AES-256-GCM"]
    public_key: Annotated[
        str, Field(pattern="^[A-Za-z0-9+/]{43}=$", description="32 octets in base64 (RFC 4648, section 4).")
    ]
    not_after: Moment


@router.get(
    "/v1/sealing-key",
    summary="The key to seal with",
    responses={
        200: {"headers": {"Cache-Control": {"schema": {"type": "string"}}}},
        **problems(
            *(405, 500, 503),
            _503="The database is out of reach, or this installation keeps no secrets; `detail` says which.",
        ),
    },
)
def sealing_key(response: Response, services: Serving) -> PublicSealingKey:
    """The public key with which a secret field is sealed before it is published.

    No API key is needed. Ask again when it is older than its Cache-Control says, and seal no more after `not_after`.
    """
    with services.reading() as reading:
        key = reading.seals.present()
        reading.commit()
    response.headers["Cache-Control"] = f"public, max-age={FRESH}"
    return PublicSealingKey.model_validate(sealing.told(key))
