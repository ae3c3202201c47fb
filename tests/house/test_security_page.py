"""docs/security.md: what is said to hold is tried, and the page says where."""

import re
from typing import Final

from tests.house.source import ROOT

PAGE: Final = ROOT / "docs" / "security.md"
HEAD: Final = ["threat", "control", "test"]
TRYING: Final = re.compile(
    r"^(async )?def test_|^\w*Test\w* = ", re.MULTILINE
)  # the second is a state machine
LINK: Final = re.compile(r"\]\((\.\./tests/[^)#]+)\)")


def rows() -> list[list[str]]:
    """Every row of every table, without head and rule."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row != HEAD and set("".join(row)) - set("-")]


def test_every_threat_has_a_control_and_a_test() -> None:
    """A row without is a wish."""
    found = rows()

    assert len(found) > 30
    assert [row for row in found if len(row) != len(HEAD) or not all(row) or not LINK.search(row[-1])] == []


def test_every_test_that_is_named_is_there() -> None:
    """And tries something."""
    named = {place for row in rows() for place in LINK.findall(row[-1])}
    missing = []
    for place in sorted(named):
        path = (PAGE.parent / place).resolve()
        files = list(path.glob("test_*.py")) if path.is_dir() else [path]
        if not any(file.is_file() and TRYING.search(file.read_text()) for file in files):
            missing.append(place)

    assert missing == []
