"""Prints what building Signet needs, as pyproject.toml says it: `make lock` pins it with hashes."""

import tomllib
from pathlib import Path


def main() -> None:
    """Print one requirement a line."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    print("\n".join(project["build-system"]["requires"]))


if __name__ == "__main__":
    main()
