"""What the programs of other houses export opens: NSS (Firefox, Thunderbird) and Java."""

import shutil
import subprocess
from pathlib import Path

import pytest

from domain.certificates import CertificateCode
from domain.mail_address import parse_address
from domain.secrets import Secret
from infra.x509.examiner import Examiner, Trust
from tests.servers.mail_authority import NOW, MailAuthority

pytestmark = pytest.mark.long

PASSWORD = "changeit"
NSS_CIPHERS = {
    "as it is set": (),
    "RC2 of 40 bits": ("-C", "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC"),
    "3DES": ("-c", "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-cbc"),
    "no encryption of certificates": ("-C", "none"),
}


def code(octets: bytes, root_file: Path, password: str = PASSWORD) -> CertificateCode | None:
    """What becomes of it."""
    address = parse_address("info@example.com")
    assert address is not None
    examiner = Examiner(Trust(authorities=root_file))
    return examiner.examine(Secret(octets), Secret(password.encode()), address, NOW).verdict.code


def run(folder: Path, *command: str) -> None:
    """Run one of their programs; what it says is seen where it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("cipher", NSS_CIPHERS)
def test_what_nss_exports_opens(
    authority: MailAuthority, root_file: Path, tmp_path: Path, cipher: str
) -> None:
    """As Thunderbird does by "Backup"."""
    (tmp_path / "in.p12").write_bytes(authority.container(authority.issue(), PASSWORD))
    run(tmp_path, "certutil", "-N", "-d", "sql:.", "--empty-password")
    run(tmp_path, "pk12util", "-i", "in.p12", "-d", "sql:.", "-W", PASSWORD, "-K", "")
    export = ("pk12util", "-o", "out.p12", "-n", "test", "-d", "sql:.", "-W", PASSWORD, "-K", "")

    run(tmp_path, *export, *NSS_CIPHERS[cipher])

    assert code((tmp_path / "out.p12").read_bytes(), root_file) is None
    assert code((tmp_path / "out.p12").read_bytes(), root_file, "wrong") is CertificateCode.WRONG_PASSWORD


@pytest.mark.parametrize("legacy", ["false", "true"])
def test_what_java_exports_opens(
    authority: MailAuthority, root_file: Path, tmp_path: Path, legacy: str
) -> None:
    """In the form of today, and in that of Java 8 (RC2 and 3DES)."""
    (tmp_path / "in.p12").write_bytes(authority.container(authority.issue(), PASSWORD))
    keytool = shutil.which("keytool")
    assert keytool is not None
    command = [keytool, f"-J-Dkeystore.pkcs12.legacy={legacy}", "-importkeystore", "-noprompt"]
    if legacy == "false":
        del command[1]
    command += ["-srckeystore", "in.p12", "-srcstorepass", PASSWORD, "-srcstoretype", "PKCS12"]
    command += ["-destkeystore", "out.p12", "-deststorepass", PASSWORD, "-deststoretype", "PKCS12"]

    run(tmp_path, *command)

    assert code((tmp_path / "out.p12").read_bytes(), root_file) is None
