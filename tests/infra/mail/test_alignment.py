"""What the doctor says of From and the signature: DMARC counts it only where both are of one organization."""

from pathlib import Path

import pytest

from infra.health import Check, Health
from infra.mail.checkup import alignment
from infra.settings import Settings
from tests.infra.mail.dkim_ground import rsa_pem


def told(tmp_path: Path, signing: str, **more: str) -> Check:
    """What is said where this domain signs."""
    file = tmp_path / "key.pem"
    file.write_bytes(rsa_pem())
    names = {
        "SIGNET_DKIM_DOMAIN": signing,
        "SIGNET_DKIM_SELECTOR": "s1",
        "SIGNET_DKIM_KEY": str(file),
    }
    [check] = alignment(Settings.load(names | more))
    return check


@pytest.mark.parametrize(
    ("signing", "sender"),
    [
        ("example.com", "no-reply@example.com"),
        ("example.com", "Signet <no-reply@mail.example.com>"),
        ("mail.example.com", "no-reply@example.com"),
        ("a.example.co.uk", "no-reply@b.example.co.uk"),
        ("xn--bcher-kva.example", "no-reply@bücher.example"),
        ("EXAMPLE.com", "no-reply@Example.COM"),
        ("alice.github.io", "no-reply@alice.github.io"),
    ],
)
def test_names_of_one_organization_align(signing: str, sender: str, tmp_path: Path) -> None:
    """Relaxed: one of them may stand under the other, or both beside each other."""
    check = told(tmp_path, signing, SIGNET_MAIL_FROM=sender)

    assert (check.part, check.health, check.advice) == ("DMARC", Health.WORKS, "")
    assert "the signature counts" in check.seen


@pytest.mark.parametrize(
    ("signing", "sender", "organizations"),
    [
        ("example.net", "no-reply@example.com", ("example.com", "example.net")),
        ("mail.example.net", "no-reply@a.example.com", ("example.com", "example.net")),
        ("other.co.uk", "no-reply@example.co.uk", ("example.co.uk", "other.co.uk")),
        ("bob.github.io", "no-reply@alice.github.io", ("alice.github.io", "bob.github.io")),
    ],
)
def test_a_signature_of_somebody_else_is_warned_of(
    signing: str, sender: str, organizations: tuple[str, str], tmp_path: Path
) -> None:
    """With both ways out. Nothing is broken: the relay may sign as well."""
    check = told(tmp_path, signing, SIGNET_MAIL_FROM=sender)

    assert check.health is Health.WORKS
    assert "does not count for DMARC" in check.seen
    assert f"SIGNET_DKIM_DOMAIN be {organizations[0]} or" in check.advice
    assert f"address at {organizations[1]} or" in check.advice


def test_without_a_named_sender_the_public_host_is_meant(tmp_path: Path) -> None:
    """It is who mails are from."""
    check = told(tmp_path, "example.net", SIGNET_PUBLIC_URL="https://signet.example.com")

    assert "mails are from signet.example.com" in check.seen
    assert check.advice


def test_where_nothing_is_signed_nothing_is_said() -> None:
    """That mails leave unsigned is told beside it."""
    assert list(alignment(Settings.load({}))) == []
