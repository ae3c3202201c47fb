"""OpenDKIM as a receiver has it: verifies one mail with keys from a name server of the test's own."""

import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

from tests.servers.daemon import program

CONFIGURATION = """\
Mode v
Nameservers {address}@{port}
Socket local:{folder}/socket
UserID {user}
"""
VERDICT = "verification "


class NameServer(Protocol):
    """Whom OpenDKIM asks for keys: an authority, or a resolver."""

    @property
    def address(self) -> str:
        """Where it is."""

    @property
    def port(self) -> int:
        """And at which port."""


def verify(message: bytes, keys: NameServer) -> bool:
    """Whether OpenDKIM finds the signature good; raises where it says nothing about it."""
    with tempfile.TemporaryDirectory(prefix="signet-opendkim-") as name:
        folder = Path(name)
        mail, configuration = folder / "mail", folder / "opendkim.conf"
        mail.write_bytes(message)
        configuration.write_text(
            CONFIGURATION.format(address=keys.address, port=keys.port, folder=folder, user=folder.owner())
        )
        ran = subprocess.run(
            [program("opendkim", "opendkim"), "-x", configuration, "-t", mail],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    verdicts = [line.partition(VERDICT)[2] for line in ran.stdout.splitlines() if VERDICT in line]
    if len(verdicts) != 1:
        raise RuntimeError(f"OpenDKIM said: {ran.stdout}{ran.stderr}")
    return verdicts[0].endswith("succeeded")
