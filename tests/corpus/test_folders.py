"""A stranger's case is taken, or refused with a sentence that says what to change."""

from pathlib import Path

import pytest

from tests.corpus.case import NoCase
from tests.corpus.folders import all_cases, read
from tests.corpus.hosts import HOSTS
from tests.corpus.lies import SAYINGS

GOOD = """
story = "Nothing was added."
domain = "Nothing-Added.EXAMPLE"

[expected]
outcome = "not_yet"
both = { status = "missing", code = "dns.record_missing" }
"""


def folder(place: Path, text: str = GOOD, **files: str) -> Path:
    """A folder of a case; the names of its files have `__` for a slash."""
    place.mkdir()
    (place / "case.toml").write_text(text)
    for name, content in files.items():
        file = place / f"{name.replace('__', '/')}.zone"
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
    return place


def test_a_sentence_a_domain_and_what_is_expected_are_enough(tmp_path: Path) -> None:
    """The rest is what most zones have: two servers with the same file."""
    case = read(folder(tmp_path / "one", added="one line"))

    assert case.domain == "nothing-added.example"
    assert [dict(zone.servers) for zone in case.zones] == [{"ns1": "knot", "ns2": "bind"}]
    assert [dict(zone.files) for zone in case.zones] == [{"ns1": "one line", "ns2": "one line"}]


def test_one_server_may_have_another_file_than_all_others(tmp_path: Path) -> None:
    """Or a file that no other has."""
    case = read(folder(tmp_path / "one", both="all", ns2__both="its own", ns2__only="alone"))

    files = {zone.name: dict(zone.files) for zone in case.zones}
    assert files == {"both": {"ns1": "all", "ns2": "its own"}, "only": {"ns2": "alone"}}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('story = "Nothing was added."', "", "story is missing"),
        ("story =", "storey =", "storey means nothing here"),
        ("Nothing-Added", "nothing added", "not a domain name"),
        ('"not_yet"', '"no"', "no means nothing here; known are inconclusive, not_yet"),
        ("dns.record_missing", "dns.missing", "dns.missing means nothing here"),
        ('"missing"', '"gone"', "gone means nothing here"),
        ("story =", 'guard = "up"\nstory =', "up means nothing here; known are closed, open"),
        ("story =", 'servers = { ns1 = "nsd" }\nstory =', "nsd means nothing here"),
        ("story =", "story", "line 2"),
    ],
)
def test_a_mistake_in_a_case_is_named(tmp_path: Path, old: str, new: str, reason: str) -> None:
    """With what is known instead."""
    with pytest.raises(NoCase, match=f"^one: .*{reason}"):
        read(folder(tmp_path / "one", GOOD.replace(old, new), zone=""))


def test_two_cases_cannot_have_a_zone_of_the_same_name(tmp_path: Path) -> None:
    """Both would be served at once."""
    folder(tmp_path / "one", same="")
    folder(tmp_path / "two", same="")

    with pytest.raises(NoCase, match="two and one both have the zone same: give it another name"):
        all_cases(tmp_path)


def test_strangers_are_told_of_every_server_and_every_lie() -> None:
    """What is not in the README is not there for them."""
    readme = (Path(__file__).parent / "README.md").read_text("utf-8")

    assert [name for name in (*HOSTS, *SAYINGS) if f"`{name}`" not in readme] == []
