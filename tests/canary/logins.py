"""Logins at an owner's mail server, their passwords canaries: one passes, one is refused, one fails by our fault."""

import base64
import json
from typing import Any, Final

import httpx
import psycopg

from domain.secrets import SealingKey, Secret
from events.sealing import purpose_of
from infra.vault.hpke import sealing_with
from tests.canary.feed import STRUCTURED, Message, event, registration
from tests.canary.places import answered
from tests.canary.stage import Stage
from tests.domain.building import START
from tests.servers.waiting import wait_until

CZECH: Final = "žluť,="  # what no ASCII takes, and what parts fields elsewhere
KINDS: Final = ("passes", "refused", "damaged")
_STORED: Final = (
    "SELECT facts::text, state FROM identities WHERE kind = 'smtp' AND facts::text LIKE '%@own.%'"
)
_DAMAGE: Final = """
    UPDATE secrets SET ciphertext = 'damaged' WHERE identity_id IN
    (SELECT id FROM identities WHERE kind = 'smtp' AND facts::text LIKE '%damaged@own.%')
"""


def let_in_logins(run: Stage, key: str) -> None:
    """Configure three logins, the first sealed over AMQP, the others over HTTP; one more is only checked."""
    base = run.signet.environment["SIGNET_PUBLIC_URL"]
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:

        def post(path: str, told: Any, content_type: str) -> None:
            answer = client.post(path, content=json.dumps(told), headers={"Content-Type": content_type})
            assert answer.is_success, answer.text
            run.aviary.seen.append(answered(f"POST {path}", answer))

        contact = {"email": "owner@example.net", "locale": "cs"}
        for kind in KINDS:
            told = registration(_domain(run, kind), route="smtp", contact=contact)
            post("/v1/events", event("domain.registered", told), STRUCTURED)
        for kind in KINDS[1:]:
            password = run.aviary.hatch(f"login over HTTP, {kind}", CZECH)
            post("/v1/events", event("smtp.configured", _login(run, kind, password)), STRUCTURED)
        run.send([_sealed(run, client)])
        checked = {**_login(run, "checked", run.aviary.hatch("login that is only checked", CZECH))}
        post("/v1/smtp/check", checked, "application/json")
    wait_until(
        lambda: len(_stored(run)) == len(KINDS), what="three logins are configured", within=60, every=0.2
    )
    with _database(run) as link:
        link.execute(_DAMAGE.encode())


def await_logins(run: Stage) -> None:
    """Wait until a worker has tried all three, by a dialogue or in vain."""
    wait_until(
        lambda: {"verified", "failed"} <= {*_stored(run).values()},
        what="two are settled",
        within=60,
        every=0.2,
    )
    worker = run.signet.roles[-1]
    wait_until(lambda: '"login.failed"' in worker.output, what="one is a fault of ours", within=60, every=0.2)
    assert len(run.own.logins) == len(KINDS)  # the damaged one is not said; the checked one was


def _domain(run: Stage, kind: str) -> str:
    return f"{kind}.{run.plain.text}.test".lower()


def _login(run: Stage, kind: str, password: object) -> dict[str, object]:
    return {
        "account": "acme",
        "domain": _domain(run, kind),
        "host": "127.0.0.1",
        "port": run.own.port,
        "username": f"{kind}@own.{run.plain.text}",
        "password": password,
    }


def _sealed(run: Stage, client: httpx.Client) -> Message:
    """The first, as another program hands it in."""
    told = client.get("/v1/sealing-key").json()
    key = SealingKey(id=told["id"], public_key=base64.b64decode(told["public_key"]), not_after=START)
    domain, secret = _domain(run, KINDS[0]), run.aviary.hatch("login over AMQP, sealed", CZECH)
    purpose = purpose_of("org.signet.smtp.configured.v1", "acme", domain, "password")
    sealed = sealing_with(key)(Secret(secret.encode()), purpose)
    password = {"sealed": base64.b64encode(sealed.octets).decode(), "key": sealed.key}
    configured = event("smtp.configured", _login(run, KINDS[0], password), subject=domain)
    return Message(body=json.dumps(configured).encode())


def _stored(run: Stage) -> dict[str, str]:
    with _database(run) as link:
        return dict(link.execute(_STORED.encode()).fetchall())


def _database(run: Stage) -> "psycopg.Connection[Any]":
    url = run.servers.database_url.replace("postgresql+psycopg:", "postgresql:")
    return psycopg.connect(url, autocommit=True)
