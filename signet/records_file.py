"""Reads the FILE of `signet check --records`: a JSON list of records, as `signet records --format json` writes it.

Parsed once, at the door: what is wrong is said in one sentence with the record's number.
"""

import json
import re
import sys
from pathlib import Path
from typing import Final

from domain.challenge import Challenge, ExpectedRecord
from domain.diagnosis import shown
from signet.ending import wrong

LONGEST_FILE: Final = 262_144  # octets
MOST: Final = 100
FIELDS: Final = ("type", "name", "value")
HOST_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")


def challenge_in(file: Path, domain: str) -> Challenge:
    """The records that `file` lists for `domain` (an A-label); `-` is the standard input."""
    entries = _entries(file)
    records = tuple(_record(number, entry, domain) for number, entry in enumerate(entries, start=1))
    names = [record.name for record in records]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise wrong(f"{file} lists {shown(twice)} more than once. Leave one of them.")
    return Challenge(records)


def _entries(file: Path) -> list[object]:
    try:
        octets = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise wrong(f"{file} cannot be read: {error.strerror}. Give a file that lists the records.") from None
    if len(octets) > LONGEST_FILE:
        raise wrong(f"{file} is larger than {LONGEST_FILE} octets. Give only the records of one domain.")
    try:
        entries = json.loads(octets)
    except (ValueError, RecursionError):
        raise wrong(
            f"{file} is not JSON. It should be a list such as "
            '[{"type": "CNAME", "name": "…", "value": "…"}]; '
            "`signet records DOMAIN --format json` writes it."
        ) from None
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST:
        raise wrong(f"{file} is not a list of 1 to {MOST} records. Write it as [{{…}}, {{…}}].")
    return entries


def _record(number: int, entry: object, domain: str) -> ExpectedRecord:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(field), str) for field in FIELDS):
        raise wrong(f"Record {number} needs the texts type, name and value.")
    type_, name, value = (entry[field].strip().removesuffix(".") for field in FIELDS)
    if type_.upper() != "CNAME":
        raise wrong(f"Record {number} is of type {shown(type_)}. Only records of type CNAME are looked for.")
    return ExpectedRecord(
        type="CNAME",
        name=_name(number, name.lower(), domain),
        value=_host(number, "value", value.lower()),
        purpose="dkim",
    )


def _name(number: int, name: str, domain: str) -> str:
    if not name.endswith(f"._domainkey.{domain}"):
        raise wrong(
            f"Record {number} is for {shown(name)}, which does not end in ._domainkey.{domain}. "
            "Give the records of this domain."
        )
    return _host(number, "name", name)


def _host(number: int, field: str, text: str) -> str:
    if HOST_NAME.fullmatch(text) is None:
        raise wrong(f"Record {number} has a {field} that is not a host name: {shown(text)}.")
    return text
