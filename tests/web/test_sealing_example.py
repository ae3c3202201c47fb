"""The example of docs/secrets.md: taken from the page, run by node, and opened by Signet."""

import base64
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from domain.secrets import Purpose, SealedOctets, SealFault, Secret
from events.envelope import Envelope
from events.sealing import open_secrets
from tests.events.test_sealing import SafeFilled, read
from tests.house.source import ROOT
from tests.servers.node import run
from tests.web.site import Site

PAGE: Final = ROOT / "docs" / "secrets.md"
TYPE: Final = "org.signet.safe.filled.v1"


@pytest.fixture
def example(javascript: Path) -> Path:
    """The program as it stands on the page."""
    (program,) = re.findall(r"^```js\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    file = javascript / "example.mjs"
    file.write_text(program, "utf-8")
    return file


def sealed_by(example: Path, *arguments: str) -> dict[str, Any]:
    """What it prints: a field as it goes into an event."""
    ran = run(example, *arguments)
    assert (ran.returncode, ran.stderr) == (0, "")
    field: dict[str, Any] = json.loads(ran.stdout)
    return field


def test_what_the_example_seals_is_opened_in_nfc(site: Site, example: Path) -> None:
    """A password with a háček that somebody typed in two strokes, for a domain in U-labels."""
    field = sealed_by(example, site.url, TYPE, "acme", "žluť.example", "password", "z\u030cluť-hunter2")

    purpose = Purpose(info=TYPE.encode(), aad="acme\nžluť.example\npassword".encode())
    sealed = SealedOctets(key=field["key"], octets=base64.b64decode(field["sealed"]))
    with site.unit() as work:
        assert work.seals.open(sealed, purpose) == Secret("žluť-hunter2".encode())
        assert work.seals.open(sealed, Purpose(info=purpose.info, aad=b"")) is SealFault.CANNOT_OPEN


def test_an_event_with_such_fields_is_read_and_opened(site: Site, example: Path) -> None:
    """From its envelope to its secrets, by the functions that intake calls, and the keys in the database."""
    subject = "žluť.example"
    data = {
        "account": "acme",
        "domain": subject,
        "password": sealed_by(example, site.url, TYPE, "acme", subject, "password", "hunter2"),
        "pkcs12": sealed_by(example, site.url, TYPE, "acme", subject, "pkcs12", "0\x82"),
    }
    envelope = Envelope(id="1", source="urn:shop", type=TYPE, subject=subject, data=data)
    event: SafeFilled = read(envelope)

    with site.unit() as work:
        opened = open_secrets(event, event.account, envelope, work.seals)

    assert opened == {"password": Secret(b"hunter2"), "pkcs12": Secret("0\x82".encode())}


def test_the_page_names_every_code_of_a_secret_and_the_whole_suite() -> None:
    """Nothing of the contract's section 2.4 is missing."""
    page = " ".join(PAGE.read_text("utf-8").split())

    for word in (
        "secret.not_sealed",
        "secret.unknown_key",
        "secret.cannot_open",
        "DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM",
        "signet keys generate",
        "signet keys rotate",
        "signet keys public",
        "SIGNET_KEYS",
    ):
        assert word in page
