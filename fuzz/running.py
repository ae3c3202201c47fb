"""How a harness runs: from the seeds of the tests, and from whatever it found before, for a fixed number of inputs.

An input that raises, or that takes too long, is written into `var/fuzz/<harness>/`, and ends the run with a failure.
"""

import sys
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

import atheris

FOLDER: Final = Path(__file__).parents[1] / "var" / "fuzz"
SLOWEST: Final = 10  # seconds for one input: none of them takes more than some milliseconds


def fuzz(name: str, one: Callable[[bytes], None], seeds: Iterable[bytes], longest: int) -> None:
    """Call `one` with input after input of at most `longest` octets, or with each file that the command line names.

    Options of the command line are libFuzzer's own.
    """
    folder = FOLDER / name
    found, given = folder / "found", folder / "seeds"
    for corpus in (found, given):
        corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (given / sha256(seed).hexdigest()).write_bytes(seed)
    options = [f"-artifact_prefix={folder}/", f"-max_len={longest}", f"-timeout={SLOWEST}"]
    named = any(not argument.startswith("-") for argument in sys.argv[1:])
    places = [] if named else [str(found), str(given)]
    atheris.Setup([name, *options, *sys.argv[1:], *places], one)
    atheris.Fuzz()
