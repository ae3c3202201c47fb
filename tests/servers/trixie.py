"""Debian trixie in a folder of its own: newer servers than this Debian has, put there by `make trixie`."""

from pathlib import Path

from tests.servers.daemon import NOBODY, MissingProgram

TRIXIE = Path(__file__).parents[2] / "var" / "trixie"
# A mount namespace of its own: the bound folders are gone with the process.
_ENTER = 'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'
ENTER = ("unshare", "--mount", "/bin/sh", "-c", _ENTER, str(TRIXIE))
ENTER_AS_NOBODY = (*ENTER, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def in_trixie(path: str, what: str) -> str:
    """A program's path as it is within trixie, or a failure that says how to get `what`."""
    if not (TRIXIE / path.lstrip("/")).exists():
        message = f"{what} is missing; `make trixie` puts it into var/trixie."
        raise MissingProgram(message)
    return path
