"""Uploads are opened in a child process that has an end, and no other work waits for it."""

import json
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.certificates import CertificateCode, Opening
from domain.mail_address import parse_address
from domain.secrets import Secret
from infra.x509 import process, wire
from infra.x509.examiner import ChildFailed, Examined, Examiner, Trust
from tests.infra.x509.building import (
    HOURS,
    encrypted_safe,
    mac,
    pbes1,
    pbes2,
    pbkdf2,
    pbmac1,
    pfx,
    plain_safe,
    really_encrypted_safe,
    scrypt,
    shrouded_key,
)
from tests.servers.mail_authority import NOW, MailAuthority

PASSWORD = "žluť-CANARY"
ADDRESS = parse_address("info@example.com")
assert ADDRESS is not None
# What is in it is seen only by whoever has opened it already.
HIDDEN_BOMB = pfx(really_encrypted_safe(shrouded_key(pbes2(pbkdf2(HOURS))), PASSWORD))


@pytest.fixture(scope="module")
def examiner(root_file: Path) -> Examiner:
    """One that trusts the tests' authority."""
    return Examiner(Trust(authorities=root_file))


def examine(examiner: Examiner, octets: bytes, password: str | bytes = PASSWORD) -> Examined:
    """What becomes of an upload for info@example.com."""
    assert ADDRESS is not None
    secret = password.encode() if isinstance(password, str) else password
    return examiner.examine(Secret(octets), Secret(secret), ADDRESS, NOW)


def by_child(octets: bytes) -> bytes | Opening:
    """What a child says of a file that was not walked before."""
    asked = wire.request(octets, [PASSWORD.encode()], NOW)
    return process.run([shutil.which("openssl") or ""], asked)


def test_a_good_upload_passes_and_nothing_of_it_shows(
    examiner: Examiner, authority: MailAuthority, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the file to what mails are signed with."""
    holder = authority.issue()

    found = examine(examiner, authority.container(holder, PASSWORD))

    assert (found.verdict.code, found.verdict.gmail) == (None, ())
    assert found.material is not None
    assert found.material.certificate == holder.der
    assert PASSWORD not in repr(found) + "".join(capsys.readouterr())


def test_a_refused_upload_leaves_nothing_to_sign_with(examiner: Examiner, authority: MailAuthority) -> None:
    """The facts are told all the same, so that its owner knows which file it was."""
    other = Examiner(Trust())

    found = examine(other, authority.container(authority.issue(), PASSWORD))

    assert found.verdict.code is CertificateCode.CHAIN_UNTRUSTED
    assert found.verdict.facts is not None
    assert found.material is None


def test_a_hidden_bomb_ends_at_its_limit_and_others_go_on(
    examiner: Examiner, authority: MailAuthority
) -> None:
    """It takes its two seconds of computing from nobody but itself."""
    good = authority.container(authority.issue(), PASSWORD)

    with ThreadPoolExecutor(2) as threads:
        bomb = threads.submit(examine, examiner, HIDDEN_BOMB)
        passed = [threads.submit(examine, examiner, good).result() for _ in range(2)]

    assert [one.verdict.code for one in passed] == [None, None]
    assert bomb.result().verdict.code is CertificateCode.TOO_EXPENSIVE


def test_what_can_be_refused_without_opening_starts_no_child(examiner: Examiner) -> None:
    """Too large, too expensive by what stands in it, no container, no text for a password."""
    bomb = pfx(plain_safe(), mac_data=mac(HOURS))
    tried = [bytes(65_537), bomb, b"junk", b"-----BEGIN CERTIFICATE-----"]

    codes = [examine(examiner, octets).verdict.code for octets in tried]
    codes.append(examine(examiner, pfx(plain_safe()), b"\xff").verdict.code)

    assert codes == [
        CertificateCode.TOO_LARGE,
        CertificateCode.TOO_EXPENSIVE,
        CertificateCode.NOT_PKCS12,
        CertificateCode.NOT_PKCS12,
        CertificateCode.WRONG_PASSWORD,
    ]


def test_a_fault_of_ours_is_no_verdict(tmp_path: Path, authority: MailAuthority) -> None:
    """The file of authorities is gone: the upload is good, and may be tried again."""
    examiner = Examiner(Trust(authorities=tmp_path / "gone.pem"))

    with pytest.raises(ChildFailed, match="before it began"):
        examine(examiner, authority.container(authority.issue(), PASSWORD))


def test_a_child_is_confined() -> None:
    """It can write no file, keep no core, and reach no network where the machine lets it give that up."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from infra.x509.confine import confine; confine()\n"
        "import json, os, resource\n"
        "names = ('CORE', 'FSIZE', 'NOFILE', 'AS', 'CPU')\n"
        "limits = {name: resource.getrlimit(getattr(resource, 'RLIMIT_' + name)) for name in names}\n"
        "print(json.dumps([limits, os.readlink('/proc/self/ns/net')]))"
    )
    command = [sys.executable, "-I", "-c", script, process.ROOT]
    done = subprocess.run(command, capture_output=True, env={}, check=True)
    may_unshare = subprocess.run(["unshare", "-Un", "true"], capture_output=True, check=False).returncode == 0

    limits, network = json.loads(done.stdout)

    assert limits == {
        "CORE": [0, 0],
        "FSIZE": [0, 0],
        "NOFILE": [16, 16],
        "AS": [2**29, 2**29],
        "CPU": [2, 3],
    }
    assert not may_unshare or network != str(Path("/proc/self/ns/net").readlink())


def test_how_a_child_ends_says_whose_fault_it_is() -> None:
    """Before it was ready, ours; by the limit or by a crash, the file's; by somebody's hand, ours."""
    outcome = process._outcome

    assert outcome(0, b"ready\n{}") == b"{}"
    assert outcome(-signal.SIGXCPU, b"ready\n") is Opening.TOO_EXPENSIVE
    assert outcome(-signal.SIGSEGV, b"ready\n") is Opening.NOT_PKCS12
    assert outcome(1, b"ready\n") is Opening.NOT_PKCS12
    for code, said in ((1, b""), (-signal.SIGKILL, b"ready\n"), (-signal.SIGTERM, b"ready\n")):
        with pytest.raises(ChildFailed):
            outcome(code, said)


BOMBS = {
    "mac": pfx(plain_safe(), mac_data=mac(HOURS)),
    "pbmac1": pfx(plain_safe(), mac_data=mac(1, pbmac1(HOURS))),
    "pbes1": pfx(encrypted_safe(pbes1(HOURS))),
    "pbes2": pfx(encrypted_safe(pbes2(pbkdf2(HOURS)))),
    "scrypt": pfx(encrypted_safe(pbes2(scrypt(2**20)))),
    "500 safes": pfx(*[encrypted_safe(pbes1(2**20)) for _ in range(500)]),
}


@pytest.mark.long
@pytest.mark.parametrize("bomb", BOMBS)
def test_every_bomb_ends_even_if_nobody_walked_it(bomb: str) -> None:
    """The child's own limits hold without the count: it is ended, or refuses by itself."""
    found = by_child(BOMBS[bomb])

    assert found is Opening.TOO_EXPENSIVE or b'"opening": "opened"' not in found
