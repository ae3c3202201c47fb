"""`signet keys public`, `generate`, `rotate`, and what the doctor says of keys."""

import re
from pathlib import Path

import pytest

from domain.secrets import Secret, SecretPlace
from infra.db.engine import connect
from infra.db.unit_of_work import units
from infra.vault.key_file import write_keys
from infra.vault.keys import KeyRing, generate
from infra.vault.vault import Vault
from tests.conformance.test_secrets import a_place, opened, put
from tests.signet.conftest import Command

OLD, NEW = generate(), generate()
SECRET = Secret(b"hunter2")


def vault(*keys: object) -> Vault:
    """A vault with these keys."""
    return Vault(lambda: KeyRing(keys))  # type: ignore[arg-type]


def keep(database_url: str, count: int) -> list[SecretPlace]:
    """Keep secrets under the old key."""
    engine, places = connect(database_url, role="test"), [a_place() for _ in range(count)]
    put(units(engine, vault(OLD)), *((place, SECRET) for place in places))
    engine.dispose()
    return places


def set_keys(monkeypatch: pytest.MonkeyPatch, *keys: object) -> None:
    """Give the commands these keys."""
    monkeypatch.setenv("SIGNET_KEYS", ",".join(key.text for key in keys))  # type: ignore[attr-defined]


def of_keys(signet: Command) -> dict[str, str]:
    """What the doctor says of the keys."""
    (check,) = [check for check in signet("doctor", "--json").json["checks"] if check["part"] == "keys"]
    found: dict[str, str] = check
    return found


def test_a_new_key_is_printed_alone_and_goes_into_the_setting_as_it_is(
    signet: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept nowhere, and needs no database."""
    first, second = signet("keys", "generate"), signet("keys", "generate")

    assert first.out != second.out
    assert first.err == ""
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=\n", first.out)
    monkeypatch.setenv("SIGNET_KEYS", first.out)
    assert signet("keys", "public").status == 0


def test_new_keys_are_appended_to_a_file(
    signet: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`signet keys generate >> keys`: one a line."""
    file = tmp_path / "mine"
    file.write_text(signet("keys", "generate").out + signet("keys", "generate").out)
    monkeypatch.setenv("SIGNET_KEYS", str(file))

    assert signet("keys", "public").status == 0
    assert str(file) in signet("settings", "--json").out


def test_the_sealing_key_is_shown_for_programs_and_for_people(
    signet: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same key, every time."""
    set_keys(monkeypatch, NEW)

    document = signet("keys", "public", "--json").json
    page = signet("keys", "public")

    assert list(document) == ["id", "kem", "kdf", "aead", "public_key", "not_after"]
    assert signet("keys", "public", "--json").json == document
    assert page.status == 0
    for name in ("id", "kem", "kdf", "aead", "public_key"):
        assert document[name] in page.out


def test_a_rotation_makes_a_sealing_key_and_brings_everything_under_the_newest(
    signet: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how many; afterwards the old key can go."""
    places = keep(database_url, 3)
    set_keys(monkeypatch, OLD)
    before = signet("keys", "public", "--json").json
    set_keys(monkeypatch, OLD, NEW)

    rotated = signet("keys", "rotate")

    assert rotated.status == 0
    assert rotated.out == (
        "There is a new sealing key; the one before opens for 30 days more.\n"
        "Records brought under the newest key-encryption key: 4\n"
    )
    set_keys(monkeypatch, NEW)
    assert signet("keys", "public", "--json").json["id"] != before["id"]
    engine = connect(database_url, role="test")
    assert [opened(units(engine, vault(NEW)), place) for place in places] == [SECRET] * 3
    engine.dispose()
    assert of_keys(signet)["seen"] == f"nothing needs another than the newest, {NEW.id}"


def test_a_second_rotation_finds_nothing_to_bring(signet: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be repeated, after a kill as well."""
    set_keys(monkeypatch, NEW)

    assert "newest key-encryption key: 0\n" in signet("keys", "rotate").out
    assert signet("keys", "rotate").status == 0


def test_a_record_that_does_not_open_is_told_by_status_and_sentence(
    signet: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1: the others were done."""
    keep(database_url, 2)
    engine = connect(database_url, role="test")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE secrets SET wrapped = set_byte(wrapped, 0, get_byte(wrapped, 0) # 1)"
            " WHERE identity_id = (SELECT identity_id FROM secrets LIMIT 1)"
        )
    engine.dispose()
    set_keys(monkeypatch, OLD, NEW)

    rotated = signet("keys", "rotate")

    assert rotated.status == 1
    assert "newest key-encryption key: 1\n" in rotated.out
    assert rotated.err.startswith("Records that do not open: 1.")


def test_without_the_key_that_is_needed_nothing_is_rotated(
    signet: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 and which it is; the doctor says the same, and what is lost without it."""
    keep(database_url, 2)
    set_keys(monkeypatch, NEW)

    rotated, check = signet("keys", "rotate"), of_keys(signet)

    assert (rotated.status, rotated.out) == (64, "")
    assert f"the key {OLD.id} (2 records: 2 domain)" in rotated.err
    assert check["state"] == "broken"
    assert check["seen"] in rotated.err
    assert "lost" in check["advice"]


@pytest.mark.parametrize("command", ["public", "rotate"])
def test_an_installation_without_keys_says_what_to_do(signet: Command, command: str) -> None:
    """64: a setting puts it right. The doctor says what does not work, and calls it well."""
    ran, check = signet("keys", command), of_keys(signet)

    assert (ran.status, ran.out) == (64, "")
    assert "`signet keys generate`" in ran.err
    assert check["state"] == "works"
    assert "own SMTP servers" in check["seen"]
    assert "`signet keys generate`" in check["advice"]


def test_the_doctor_says_which_keys_are_still_needed(
    signet: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody takes one out too early."""
    keep(database_url, 1)
    set_keys(monkeypatch, OLD, NEW)

    check = of_keys(signet)

    assert (check["state"], OLD.id in check["seen"], NEW.id in check["seen"]) == ("works", True, False)
    assert check["advice"] == "`signet keys rotate` changes that."


def test_a_key_file_that_others_can_read_is_found_by_the_doctor(signet: Command, tmp_path: Path) -> None:
    """With the way out; commands that need the keys refuse it as well."""
    file = tmp_path / "state" / "keys"
    write_keys(file, KeyRing((NEW,)))
    file.chmod(0o644)

    check, ran = of_keys(signet), signet("keys", "public")

    assert check["state"] == "broken"
    assert f"chmod 600 {file}" in check["seen"]
    assert "backup" in check["advice"]
    assert (ran.status, f"chmod 600 {file}" in ran.err) == (64, True)


def test_while_the_database_is_away_the_doctor_cannot_say(
    signet: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither good nor bad."""
    set_keys(monkeypatch, NEW)
    monkeypatch.setenv("SIGNET_DATABASE_URL", "postgresql://127.0.0.1:9/x")

    assert of_keys(signet)["state"] == "could not be tested"
    assert signet("keys", "rotate").status == 70
