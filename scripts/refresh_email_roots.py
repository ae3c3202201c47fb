"""Gathers infra/lists/email_roots.pem anew: the authorities that Mozilla trusts for mail, from NSS.

`python -m scripts.refresh_email_roots [REPOSITORY]`: a URL or a folder that git can clone; NSS's own mirror else.
The roots for TLS are others: 19 of those for mail are in no bundle for TLS, and 51 of these would be trusted wrongly.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

TARGET: Final = Path(__file__).resolve().parent.parent / "infra" / "lists" / "email_roots.pem"
GIT: Final = shutil.which("git") or "git"
MIRROR: Final = "https://github.com/nss-dev/nss.git"
FILE: Final = "lib/ckfw/builtins/certdata.txt"
FEWEST: Final = 50  # fewer, and the file has another form than this reads

HEAD: Final = """\
# Gathered by scripts/refresh_email_roots.py; do not edit. Roots of one's own are named by SIGNET_CERTIFICATE_CA.
# The authorities that Mozilla trusts for mail (CKA_TRUST_EMAIL_PROTECTION), as NSS has them, with the moment after
# which a new certificate of theirs is not trusted (CKA_NSS_EMAIL_DISTRUST_AFTER). Licence of the source: MPL 2.0.
# Source: https://github.com/nss-dev/nss, {file}
# Its last change: {commit} of {changed}
# Gathered on: {day}
"""

_OBJECT: Final = re.compile(r"^CKA_CLASS CK_OBJECT_CLASS (\w+)$", re.MULTILINE)
_FIELD: Final = re.compile(r"^(CKA_\w+) (\w+)(?: (.*))?$")
_OCTET: Final = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """An authority that is trusted for mail; `until`: for certificates that begin up to then."""

    certificate: x509.Certificate
    label: str
    until: datetime | None

    def text(self) -> str:
        """Its lines in the file."""
        until = f"# Distrusted after: {self.until:%Y-%m-%dT%H:%M:%SZ}\n" if self.until else ""
        pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        digest = self.certificate.fingerprint(hashes.SHA256()).hex()
        return f"\n# {self.label}\n# SHA-256: {digest}\n{until}{pem}"


def main() -> None:
    """Fetch the file, and write what it trusts for mail."""
    parser = argparse.ArgumentParser(description="Gather the e-mail roots anew.")
    parser.add_argument("repository", nargs="?", default=MIRROR)
    with TemporaryDirectory() as folder:
        clone = [GIT, "clone", "--quiet", "--bare", "--filter=blob:none", parser.parse_args().repository]
        subprocess.run([*clone, folder], check=True)
        commit, changed = _git(folder, "log", "-1", "--format=%H %cs", "--", FILE).split()
        roots = sorted(read(_git(folder, "show", f"HEAD:{FILE}")), key=lambda root: root.label.casefold())
    if len(roots) < FEWEST:
        sys.exit(f"only {len(roots)} roots for mail: {FILE} is no longer read rightly")
    head = HEAD.format(file=FILE, commit=commit[:12], changed=changed, day=datetime.now(UTC).date())
    TARGET.write_text(head + "".join(root.text() for root in roots), "utf-8")
    print(f"{len(roots)} roots")


def read(text: str) -> Iterator[Root]:
    """The roots that are trusted for mail."""
    found = [_fields(part) for part in _objects(text)]
    trusted = {
        (fields["CKA_ISSUER"], fields["CKA_SERIAL_NUMBER"])
        for fields in found
        if fields.get("CKA_TRUST_EMAIL_PROTECTION") == b"CKT_NSS_TRUSTED_DELEGATOR"
    }
    for fields in found:
        if fields["CKA_CLASS"] == b"CKO_CERTIFICATE":
            if (fields["CKA_ISSUER"], fields["CKA_SERIAL_NUMBER"]) not in trusted:
                continue
            yield Root(
                certificate=x509.load_der_x509_certificate(fields["CKA_VALUE"]),
                label=fields["CKA_LABEL"].decode().strip('"'),
                until=_moment(fields.get("CKA_NSS_EMAIL_DISTRUST_AFTER", b"CK_FALSE")),
            )


def _objects(text: str) -> Iterator[str]:
    starts = [match.start() for match in _OBJECT.finditer(text)]
    return (text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True))


def _fields(part: str) -> dict[str, bytes]:
    """The fields of one object; octets that are written in octal as they are."""
    fields: dict[str, bytes] = {}
    lines = iter(part.splitlines())
    for line in lines:
        field = _FIELD.match(line)
        if field and field[2] == "MULTILINE_OCTAL":
            octal = "".join(iter(lambda: next(lines), "END"))
            fields[field[1]] = bytes(int(digits, 8) for digits in _OCTET.findall(octal))
        elif field:
            fields[field[1]] = (field[3] or field[2]).encode()
    return fields


def _moment(value: bytes) -> datetime | None:
    if value == b"CK_FALSE":
        return None
    return datetime.strptime(value.decode(), "%y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _git(folder: str, *arguments: str) -> str:
    return subprocess.run([GIT, "-C", folder, *arguments], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
