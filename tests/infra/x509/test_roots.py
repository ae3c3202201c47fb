"""The authorities that are trusted for mail: how they are gathered, and that they are not forgotten."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.x509.roots import BUNDLED, Root, read_roots
from scripts.refresh_email_roots import read
from tests.servers.mail_authority import AN_AUTHORITY, Holder, issued, new_key

OLDEST = timedelta(days=90)


def octal(octets: bytes) -> str:
    """Octets as certdata.txt writes them."""
    return "MULTILINE_OCTAL\n" + "".join(f"\\{one:03o}" for one in octets) + "\nEND"


def entry(holder: Holder, trust: str, distrust_after: str = "CK_BBOOL CK_FALSE") -> str:
    """One authority as certdata.txt has it: the certificate, and apart from it whom it is trusted for."""
    subject = holder.certificate.subject.public_bytes()
    serial = holder.certificate.serial_number.to_bytes(20, "big")
    names = f"CKA_ISSUER {octal(subject)}\nCKA_SERIAL_NUMBER {octal(serial)}\n"
    return (
        f'# Certificate\nCKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE\nCKA_LABEL UTF8 "A root"\n{names}'
        f"CKA_VALUE {octal(holder.der)}\nCKA_NSS_EMAIL_DISTRUST_AFTER {distrust_after}\n\n"
        f'CKA_CLASS CK_OBJECT_CLASS CKO_NSS_TRUST\nCKA_LABEL UTF8 "A root"\n{names}'
        f"CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_DELEGATOR\n"
        f"CKA_TRUST_EMAIL_PROTECTION CK_TRUST {trust}\n"
    )


def test_only_what_is_trusted_for_mail_is_gathered() -> None:
    """With the moment after which nothing new of it is trusted."""
    for_mail, ending, for_servers = (issued(AN_AUTHORITY, new_key()) for _ in range(3))
    text = (
        entry(for_mail, "CKT_NSS_TRUSTED_DELEGATOR")
        + entry(ending, "CKT_NSS_TRUSTED_DELEGATOR", octal(b"260415000000Z"))
        + entry(for_servers, "CKT_NSS_MUST_VERIFY_TRUST")
    )

    found = list(read(text))

    assert [(root.certificate, root.until) for root in found] == [
        (for_mail.certificate, None),
        (ending.certificate, datetime(2026, 4, 15, tzinfo=UTC)),
    ]
    assert "# Distrusted after: 2026-04-15T00:00:00Z\n" in found[1].text()


def test_a_root_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The form that is gathered is the one that is read at run time."""
    holders = [issued(AN_AUTHORITY, new_key()) for _ in range(2)]
    ends = ["CK_BBOOL CK_FALSE", octal(b"260415000000Z")]
    entries = [
        entry(holder, "CKT_NSS_TRUSTED_DELEGATOR", end) for holder, end in zip(holders, ends, strict=True)
    ]
    file = tmp_path / "roots.pem"
    file.write_text("".join(root.text() for root in read("".join(entries))), "utf-8")

    assert read_roots(file) == [
        Root(holders[0].certificate),
        Root(holders[1].certificate, datetime(2026, 4, 15, tzinfo=UTC)),
    ]


@pytest.mark.long
def test_the_roots_were_gathered_lately() -> None:
    """Three months: authorities are distrusted on short notice. `make email-roots` gathers them anew."""
    day = re.search(r"# Gathered on: (\d{4}-\d\d-\d\d)", BUNDLED.read_text("utf-8"))
    assert day is not None

    assert datetime.now(UTC) - datetime.fromisoformat(f"{day[1]}T00:00:00+00:00") < OLDEST
