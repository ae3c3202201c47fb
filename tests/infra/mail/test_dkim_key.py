"""The key that signs our mails: read and tried at start, or refused with a sentence, and never shown."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from infra.mail.dkim_key import LARGEST, DkimKey, WrongDkimKey
from infra.mail.own_dkim import own_dkim
from infra.setting_values import shown
from infra.settings import Settings, WrongSetting
from tests.infra.mail.dkim_ground import PEMS, ed25519_pem, rsa_pem


def locked() -> bytes:
    """A key with a password."""
    key = load_pem_private_key(rsa_pem(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hunter2"))


def elliptic() -> bytes:
    """A kind of key that DKIM has no signature for."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def broken() -> bytes:
    """A key in whose middle a line is missing."""
    lines = rsa_pem().splitlines(keepends=True)
    return b"".join(lines[:8] + lines[9:])


def public() -> bytes:
    """The other half."""
    return b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n"


WRONG: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (bytes, "no private key in PEM"),
    "noise": (lambda: b"\x00\xff" * 50, "no private key in PEM"),
    "DER": (lambda: b"\x30\x82\x04\xa4\x02\x01\x00", "no private key in PEM"),
    "public": (public, "no private key in PEM"),
    "broken": (broken, "no private key in PEM"),
    "locked": (locked, "locked with a password"),
    "another kind": (elliptic, "neither RSA nor Ed25519"),
    "short": (lambda: rsa_pem(1024), "the key has 1024 bits; RSA has 2048 to 4096"),
    "endless": (lambda: b"x" * (LARGEST + 1), "too large"),
}


def chosen(key: Path, **others: str) -> dict[str, str]:
    """The three settings."""
    named = {"SIGNET_DKIM_DOMAIN": "Signet.Example.com.", "SIGNET_DKIM_SELECTOR": "S1"}
    return {**named, "SIGNET_DKIM_KEY": str(key), **others}


def refusal(environ: dict[str, str]) -> str:
    """The sentence that stops the start."""
    with pytest.raises(WrongSetting) as refused:
        Settings.load(environ)
    assert refused.value.__suppress_context__
    return str(refused.value)


@pytest.mark.parametrize("kind", PEMS)
def test_a_good_key_is_taken(kind: str, tmp_path: Path) -> None:
    """RSA and Ed25519; domain and selector in lower case."""
    file = tmp_path / "key.pem"
    file.write_bytes(PEMS[kind]())

    ours = own_dkim(Settings.load(chosen(file)))

    assert ours is not None
    assert (ours.name, ours.key.algorithm) == ("s1._domainkey.signet.example.com", f"{kind}-sha256")
    assert ours.key.record.startswith(f"v=DKIM1; k={kind}; p=")


@pytest.mark.parametrize("case", WRONG)
def test_a_file_of_another_sort_stops_the_start_with_a_sentence(case: str, tmp_path: Path) -> None:
    """It says which setting and why, and nothing of what is in the file."""
    make, why = WRONG[case]
    file = tmp_path / "key.pem"
    file.write_bytes(make())

    sentence = refusal(chosen(file))

    assert sentence.startswith("SIGNET_DKIM_KEY cannot be used: ")
    assert why in sentence
    assert not any(line in sentence for line in make().decode("latin-1").splitlines() if len(line) > 4)


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    """Missing, a folder, or a home that is nobody's."""
    assert "no file that can be read" in refusal(chosen(tmp_path / "missing"))
    assert "no file that can be read" in refusal(chosen(tmp_path))
    assert "home folder" in refusal(chosen(Path("~nobody-of-that-name/key.pem")))


@pytest.mark.parametrize(
    ("left", "missing"),
    [
        (["KEY"], "SIGNET_DKIM_DOMAIN and SIGNET_DKIM_SELECTOR are missing"),
        (["DOMAIN"], "SIGNET_DKIM_SELECTOR and SIGNET_DKIM_KEY are missing"),
        (["DOMAIN", "KEY"], "SIGNET_DKIM_SELECTOR is missing"),
        (["DOMAIN", "SELECTOR"], "SIGNET_DKIM_KEY is missing"),
    ],
    ids=["key", "domain", "no selector", "no key"],
)
def test_all_three_are_set_or_none(left: list[str], missing: str, tmp_path: Path) -> None:
    """A key without its name signs nothing."""
    file = tmp_path / "key.pem"
    file.write_bytes(ed25519_pem())
    named = chosen(file)

    sentence = refusal({f"SIGNET_DKIM_{part}": named[f"SIGNET_DKIM_{part}"] for part in left})

    assert "set together or not at all" in sentence
    assert missing in sentence
    assert own_dkim(Settings.load({})) is None


@pytest.mark.parametrize("text", ["-s", "s-", "s_1", "a..b", "s" * 64, "s;d=evil.example", "š"])
def test_a_selector_is_labels(text: str, tmp_path: Path) -> None:
    """It goes into a header field and into a name."""
    file = tmp_path / "key.pem"
    file.write_bytes(ed25519_pem())

    assert refusal(chosen(file, SIGNET_DKIM_SELECTOR=text)).startswith("SIGNET_DKIM_SELECTOR cannot be used")


@pytest.mark.parametrize("kind", PEMS)
def test_nothing_shows_the_key(kind: str, tmp_path: Path) -> None:
    """Neither a representation nor the list of settings."""
    file = tmp_path / "key.pem"
    file.write_bytes(PEMS[kind]())
    settings = Settings.load(chosen(file))

    said = f"{own_dkim(settings)!r} {settings!r} {shown('dkim_key', settings.dkim_key)}"

    assert not any(line in said for line in PEMS[kind]().decode().splitlines()[1:-1])


def test_a_refusal_is_all_that_is_said(tmp_path: Path) -> None:
    """No context that a traceback would print."""
    file = tmp_path / "key.pem"
    file.write_bytes(broken())

    with pytest.raises(WrongDkimKey) as refused:
        DkimKey.read(file)

    assert refused.value.__suppress_context__
