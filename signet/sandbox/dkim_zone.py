"""The sandbox's DKIM zone: a file that Signet writes its keys into, and that the sandbox's name server answers from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import dns.name
import dns.rdatatype
import dns.zone

ZONE: Final = "dkim.signet.test"
TTL: Final = 5
FILE: Final = "sandbox-dkim.zone"

_HEAD: Final = f"""\
$TTL {TTL}
@ SOA ns.signet.test. hostmaster.signet.test. 1 3600 600 86400 {TTL}
@ NS ns.signet.test.
"""


class DkimZone:
    """The file, read again whenever it was replaced."""

    def __init__(self, folder: Path) -> None:
        """Begin the file in `folder`; that of an earlier run goes on, as its domains do."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file = folder / FILE
        if not self.file.exists():
            self.file.write_text(_HEAD, encoding="ascii")
        self._read: tuple[tuple[int, int], dns.zone.Zone] | None = None

    def records(self, name: str, wanted: dns.rdatatype.RdataType) -> Sequence[tuple[int, str]]:
        """The records of this type at a name: TTL, and text as in a zone file."""
        found = self._zone().get_rdataset(dns.name.from_text(name), wanted)
        return [] if found is None else [(found.ttl, record.to_text()) for record in found]

    def _zone(self) -> dns.zone.Zone:
        state = self.file.stat()
        marks = (state.st_mtime_ns, state.st_ino)
        if self._read is None or self._read[0] != marks:
            self._read = (marks, dns.zone.from_file(str(self.file), f"{ZONE}.", relativize=False))
        return self._read[1]
