"""Changes our zone in its file, for name servers that take no updates; whoever serves it reads it again by itself.

The file is the operator's, with SOA and NS. Signet writes TXT at its own targets, lets the serial grow, and leaves all
else as it stands. It is replaced whole, so nobody ever reads half of it; a lock beside it keeps writers apart.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import dns.exception
import dns.rdataset
import dns.rdatatype
import dns.zone
from dns.rdtypes.ANY.SOA import SOA

from domain.dkim_ports import NotPublished
from infra.dkim.texts import text_record

_MODE: Final = 0o644  # public records, read by the user that the name server runs as
_SERIALS: Final = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFile:
    """The file of `zone`."""

    zone: str
    file: Path
    ttl: timedelta

    def publish(self, records: Mapping[str, str | None]) -> NotPublished | None:
        """Let just this TXT stand at each name, or nothing; answer why that was not done."""
        try:
            with _alone(self.file):
                zone = dns.zone.from_file(str(self.file), f"{self.zone}.", relativize=False)
                self._change(zone, records)
                _replace(self.file, zone)
        except (dns.exception.DNSException, OSError) as error:
            why = f"it cannot be read and written as a zone with SOA and NS ({type(error).__name__})"
            return NotPublished(why=why)
        return None

    def _change(self, zone: dns.zone.Zone, records: Mapping[str, str | None]) -> None:
        for name, record in records.items():
            zone.delete_rdataset(f"{name}.", dns.rdatatype.TXT)
            if record is not None:
                there = dns.rdataset.from_rdata(int(self.ttl.total_seconds()), text_record(record))
                zone.replace_rdataset(f"{name}.", there)
        top = zone.find_rdataset(f"{self.zone}.", dns.rdatatype.SOA)
        soa = top[0]
        assert isinstance(soa, SOA)
        grown = soa.replace(serial=(soa.serial + 1) % _SERIALS or 1)
        zone.replace_rdataset(f"{self.zone}.", dns.rdataset.from_rdata(top.ttl, grown))


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One writer at a time, on this machine."""
    with file.with_name(f".{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(file: Path, zone: dns.zone.Zone) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as written:
            zone.to_file(written, sorted=True, relativize=False, want_origin=True)
            written.flush()
            os.fsync(written.fileno())
        Path(name).chmod(_MODE)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
