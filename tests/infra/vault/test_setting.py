"""SIGNET_KEYS: keys or a file of keys, judged at start, and never shown or repeated."""

from pathlib import Path

import pytest

from infra.operations import setting_rows
from infra.setting_values import shown
from infra.settings import Settings, WrongSetting
from infra.vault.keys import KeyRing, generate

RING = KeyRing((generate(), generate()))
SPELLED = RING.text.replace("\n", " ").strip()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with two keys."""
    path = tmp_path / "keys"
    path.write_text(RING.text)
    return path


def test_keys_themselves_are_taken_and_shown_as_stars() -> None:
    """Everywhere: in a table, in a repr."""
    settings = Settings.load({"SIGNET_KEYS": SPELLED})

    assert settings.keys == SPELLED
    assert shown("keys", settings.keys) == "***"
    assert "***" in {row[1] for row in setting_rows(settings) if row[0] == "SIGNET_KEYS"}
    for text in (repr(settings), str(settings), str(list(setting_rows(settings)))):
        assert RING.keys[0].text[:8] not in text
        assert RING.keys[1].text[:8] not in text


def test_the_path_of_a_file_is_no_secret(file: Path) -> None:
    """What is in it is."""
    settings = Settings.load({"SIGNET_KEYS": str(file)})

    assert shown("keys", settings.keys) == str(file)


@pytest.mark.parametrize(
    "value",
    [
        RING.keys[0].text[:-1],  # a letter was lost
        RING.keys[0].text[:-3] + "==",
        f"{RING.keys[0].text} {RING.keys[1].text[1:]}",
        RING.keys[0].octets.hex(),
        "/nowhere/at/all",
        "x" * 10_000,
        "~nobody-of-that-name/keys",
        "a\0b",
        ".",
    ],
    ids=range(9),  # a key is another in each process
)
def test_what_is_neither_stops_the_start_and_is_not_repeated(value: str) -> None:
    """It may be a key with a slip."""
    with pytest.raises(WrongSetting) as refused:
        Settings.load({"SIGNET_KEYS": value})

    said = str(refused.value)
    assert said == (
        "SIGNET_KEYS cannot be used: it is a file that can be read, or keys, each 32 octets in base64 "
        "(RFC 4648, section 4)."
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "no key is in it; `signet keys generate` prints one"),
        ("hunter2", "its content is no key: one is 32 octets in base64 (RFC 4648, section 4)"),
        (
            RING.text[:-4],
            "number 2 of 2 is no key: one is 32 octets in base64 (RFC 4648, section 4)",
        ),
    ],
    ids=["nothing", "no key", "half a key"],
)
def test_a_file_without_sound_keys_stops_the_start_too(file: Path, content: str, why: str) -> None:
    """It says which is wrong, and nothing of it."""
    file.write_text(content)

    with pytest.raises(WrongSetting) as refused:
        Settings.load({"SIGNET_KEYS": str(file)})

    assert str(refused.value) == f"SIGNET_KEYS cannot be used: {why}."


def test_a_key_that_no_spelling_can_be_is_refused_as_well() -> None:
    """44 letters of base64, with bits to spare behind the 32 octets."""
    with pytest.raises(WrongSetting, match="its content is no key"):
        Settings.load({"SIGNET_KEYS": "A" * 42 + "B="})
