"""What every Postfix of ours has in common, whatever it is for.

Its master has to be root, to become its own user; whoever runs the tests as somebody else gets MissingProgram.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.servers.daemon import Daemon, MissingProgram

HOST: Final = "127.0.0.1"
MASTER: Final = Path("/usr/lib/postfix/sbin/master")

# The first lines of main.cf, and the services that each needs.
MAIN: Final = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/state
mail_owner = postfix
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {name}
mydestination =
local_recipient_maps =
alias_maps =
"""
SERVICES: Final = """\
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


def master(folder: Path) -> Daemon:
    """The first process of a Postfix that is configured in `folder/conf`."""
    if os.geteuid() != 0 or not MASTER.is_file():
        message = "Postfix (Debian package postfix) is missing, or this is not root: `make services` as root."
        raise MissingProgram(message)
    return Daemon(command=[str(MASTER), "-c", str(folder / "conf"), "-d"], log=folder / "master.log")


def greets(port: int) -> bool:
    """Whether it is there."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=2) as connection:
        return connection.recv(100).startswith(b"220")
    return False
