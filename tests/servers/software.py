"""The authoritative servers of the tests: how each is started, and how every configuration of Knot and BIND begins."""

from enum import StrEnum
from pathlib import Path

from tests.servers.daemon import Daemon, program

KNOT = """\
server:
    rundir: {folder}
    listen: [{listen}]
    udp-workers: {workers}
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: {folder}/db
"""
BIND = """\
options {{
    directory "{folder}";
    listen-on port {port} {{ {address}; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    session-keyfile none;
    recursion no;
    dnssec-validation no;
    empty-zones-enable no;
    {options}
}};
controls {{ }};
"""


class Software(StrEnum):
    """Who wrote a server of zone files."""

    KNOT = "knot"
    BIND = "bind"


def daemon_of(software: Software, folder: Path) -> Daemon:
    """The server in a folder, configured by its file `conf`; not started."""
    (folder / "db").mkdir(parents=True, exist_ok=True)
    if software is Software.KNOT:
        command = [program("knotd", "knot"), "-c", str(folder / "conf")]
    else:
        command = [program("named", "bind9"), "-4", "-g", "-n", "1", "-c", str(folder / "conf")]
    return Daemon(command=command, log=folder / "log")


def knot_head(folder: Path, *listen: str, workers: int = 1) -> str:
    """The beginning of a configuration of Knot that listens at these places (`address@port`)."""
    return KNOT.format(folder=folder, listen=", ".join(listen), workers=workers)


def bind_head(folder: Path, address: str, port: int, options: str) -> str:
    """The beginning of a configuration of BIND with these options besides."""
    return BIND.format(folder=folder, address=address, port=port, options=options)
