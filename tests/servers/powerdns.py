"""PowerDNS as the primary of a zone: it takes updates (RFC 2136), and notifies a secondary; its store is SQLite."""

import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemon import Daemon, program

PACKAGES = "pdns-server, pdns-backend-sqlite3"
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")
CONFIGURATION = """\
launch=gsqlite3
gsqlite3-database={folder}/zones.sqlite
local-address={address}
local-port={port}
socket-dir={folder}
primary=yes
dnsupdate=yes
also-notify={secondary}
only-notify=
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """A zone in its file, the secondary (`address:port`) that follows it, and the key that updates are signed with."""

    zone: str
    file: Path
    secondary: str
    key_name: str
    secret: str


def powerdns(folder: Path) -> Daemon:
    """The server in a folder; not started."""
    command = [program("pdns_server", PACKAGES), f"--config-dir={folder}"]
    return Daemon(command=command, log=folder / "log")


def prepare(folder: Path, address: str, port: int, updated: Updated) -> None:
    """Write the configuration of a server that has this zone."""
    text = CONFIGURATION.format(folder=folder, address=address, port=port, secondary=updated.secondary)
    (folder / "pdns.conf").write_text(text)
    with sqlite3.connect(folder / "zones.sqlite") as store:
        store.executescript(SCHEMA.read_text())
    store.close()
    for arguments in (
        ("load-zone", updated.zone, str(updated.file)),
        ("set-kind", updated.zone, "primary"),
        ("import-tsig-key", updated.key_name, "hmac-sha256", updated.secret),
        ("set-meta", updated.zone, "TSIG-ALLOW-DNSUPDATE", updated.key_name),
        ("set-meta", updated.zone, "NOTIFY-DNSUPDATE", "1"),
    ):
        _pdnsutil(folder, *arguments)


def _pdnsutil(folder: Path, *arguments: str) -> None:
    command = [program("pdnsutil", PACKAGES), f"--config-dir={folder}", *arguments]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    if ran.returncode:
        message = f"pdnsutil {arguments} failed: {ran.stdout}{ran.stderr}"
        raise RuntimeError(message)
