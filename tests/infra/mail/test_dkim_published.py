"""Whether the world can verify: OpenDKIM with a real name server, and what the doctor says of the published key."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from infra.dns.resolver import Resolver
from infra.health import Check, Health
from infra.mail.checkup import dkim
from infra.mail.compose import compose
from infra.mail.dkim import Dkim
from infra.settings import Settings
from tests.infra.mail.dkim_ground import DOMAIN, PEMS, SELECTOR, rsa_pem, signer, zone_lines
from tests.infra.mail.letters import SENDER, samples
from tests.servers import opendkim
from tests.servers.knot import Knot, knot_server
from tests.servers.ports import free_port

MAIL = compose(dict(samples())["verified.en"], SENDER)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Dkim:
    """What signs."""
    return signer(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def knot(ours: Dkim) -> Iterator[Knot]:
    """The name server of our domain."""
    with knot_server({DOMAIN: zone_lines(ours)}) as server:
        yield server


def examined(tmp_path: Path, port: int) -> Check:
    """What the doctor says, asking one resolver."""
    file = tmp_path / "key.pem"
    file.write_bytes(rsa_pem())
    settings = Settings.load(
        {
            "SIGNET_DKIM_DOMAIN": DOMAIN,
            "SIGNET_DKIM_SELECTOR": SELECTOR,
            "SIGNET_DKIM_KEY": str(file),
        },
        resolvers=(Resolver("127.0.0.1", port),),
    )
    return dkim(settings)


def pkcs1() -> str:
    """Our key as some tools publish it: without its SubjectPublicKeyInfo."""
    public = load_pem_private_key(rsa_pem(), None).public_key()
    return f"v=DKIM1; p={base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.PKCS1)).decode()}"


@pytest.mark.parametrize("kind", PEMS)
def test_opendkim_verifies_what_we_sign(kind: str, knot: Knot, tmp_path: Path) -> None:
    """With the key from the DNS; and no second From or Subject, above or below, passes it."""
    ours = signer(tmp_path, kind)
    knot.serve(DOMAIN, zone_lines(ours))
    signed = ours.signed(MAIL, time.time())
    head, _, body = signed.partition(b"\r\n\r\n")
    added = [b"Subject: Win\r\n", b"From: other@example.net\r\n"]
    forged = [field + signed for field in added]
    forged += [head + b"\r\n" + field + b"\r\n" + body for field in added]

    assert opendkim.verify(signed, knot)
    assert [opendkim.verify(mail, knot) for mail in forged] == [False] * 4


RECORDS = {
    "ours": (None, Health.WORKS, "the key is published"),
    "ours in PKCS#1": (pkcs1, Health.WORKS, "the key is published"),
    "nothing": (lambda: "", Health.BROKEN, "nothing is published"),
    "another key": (lambda: "v=DKIM1; p=MIIBIjANBg", Health.BROKEN, "another key is published"),
    "another kind": (lambda: "v=DKIM1; k=ed25519; p=MIIBIjANBg", Health.BROKEN, "another key is published"),
    "revoked": (lambda: "v=DKIM1; p=", Health.BROKEN, "revoked"),
    "no key": (lambda: "v=spf1 -all", Health.BROKEN, "no DKIM key"),
    "another version": (lambda: "v=DKIM2; p=MIIBIjANBg", Health.BROKEN, "no DKIM key"),
    "not for mail": (lambda: f"{pkcs1()}; s=tlsrpt", Health.BROKEN, "forbids"),
    "not for SHA-256": (lambda: f"{pkcs1()}; h=sha1", Health.BROKEN, "forbids"),
}


@pytest.mark.parametrize("case", RECORDS)
def test_the_doctor_compares_what_is_published(case: str, ours: Dkim, knot: Knot, tmp_path: Path) -> None:
    """And says what to publish where it is not ours."""
    record, health, seen = RECORDS[case]
    text = None if record is None else record()
    knot.serve(DOMAIN, "" if text == "" else zone_lines(ours, text))

    check = examined(tmp_path, knot.port)

    assert (check.part, check.health) == ("DKIM", health)
    assert seen in check.seen
    assert (f"{ours.name} TXT {ours.key.record}" in check.advice) is (health is Health.BROKEN)


def test_two_records_are_one_too_many(ours: Dkim, knot: Knot, tmp_path: Path) -> None:
    """Receivers take any of them (RFC 6376, section 3.6.2.2)."""
    knot.serve(DOMAIN, f'{zone_lines(ours)}\n{ours.selector}._domainkey TXT "v=DKIM1; p=MII"')

    assert "several TXT records" in examined(tmp_path, knot.port).seen


def test_where_no_resolver_answers_nothing_is_said_of_the_key(tmp_path: Path) -> None:
    """Silence is not absence."""
    check = examined(tmp_path, free_port())

    assert check.health is Health.UNTESTED


def test_without_a_key_mails_leave_unsigned() -> None:
    """That is allowed: the relay may sign."""
    assert dkim(Settings.load({})).health is Health.WORKS
