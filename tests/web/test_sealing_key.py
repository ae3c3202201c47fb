"""GET /v1/sealing-key: for anybody, kept for an hour, and 503 with a sentence where there is no vault."""

import base64
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.secrets import Purpose, SealingKey, Secret
from events.forms import TIME_PATTERN
from infra.vault.hpke import sealing_with
from infra.vault.vault import Vault
from tests.web.site import Site

PATH = "/v1/sealing-key"
PURPOSE = Purpose(info=b"type", aad=b"acme\nexample.org\npassword")


def test_it_is_told_to_anybody_as_the_contract_says(site: Site) -> None:
    """Its fields and no other; the suite in the words of IANA's registry; a time as all of ours."""
    answer = httpx.get(site.url + PATH)

    told = answer.json()
    assert answer.status_code == 200
    assert list(told) == ["id", "kem", "kdf", "aead", "public_key", "not_after"]
    assert (told["kem"], told["kdf"], told["aead"]) == (
        "DHKEM(X25519, HKDF-SHA256)",
        "HKDF-SHA256",
        "AES-256-GCM",
    )
    assert len(base64.b64decode(told["public_key"], validate=True)) == 32
    assert re.fullmatch(TIME_PATTERN, told["not_after"])
    left = datetime.fromisoformat(told["not_after"]) - datetime.now(UTC)
    assert timedelta(days=89) < left <= timedelta(days=90)


def test_caches_may_keep_it_for_an_hour(site: Site) -> None:
    """It is public, and one that was replaced opens for thirty days."""
    answer = httpx.get(site.url + PATH)

    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert httpx.get(site.url + PATH).json() == answer.json()
    assert httpx.head(site.url + PATH).status_code == 200


def test_what_is_sealed_with_it_is_opened(site: Site) -> None:
    """By the same installation, from its database."""
    told = httpx.get(site.url + PATH).json()
    key = SealingKey(
        id=told["id"],
        public_key=base64.b64decode(told["public_key"]),
        not_after=datetime.fromisoformat(told["not_after"]),
    )

    sealed = sealing_with(key)(Secret(b"hunter2"), PURPOSE)

    with site.unit() as work:
        assert work.seals.open(sealed, PURPOSE) == Secret(b"hunter2")


def test_after_a_rotation_it_is_another(site: Site) -> None:
    """At once."""
    before = httpx.get(site.url + PATH).json()
    with site.unit() as work:
        work.seals.replace()
        work.commit()

    after = httpx.get(site.url + PATH).json()

    assert after["id"] != before["id"]
    assert after["public_key"] != before["public_key"]


@pytest.mark.parametrize("vault", [None])
def test_without_a_vault_it_is_a_problem_that_says_what_to_do(site: Site, vault: Vault | None) -> None:
    """503, not to be cached; and everything else works."""
    answer = httpx.get(site.url + PATH)

    problem = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Retry-After"]
    assert "SIGNET_KEYS" in problem["detail"]
    with site.client(site.key()) as client:
        assert client.get("/v1/domains").status_code == 200
    assert httpx.get(f"{site.url}/readyz").status_code == 200
