"""The records to publish, in the forms that people hand to whoever runs their DNS.

CSV per RFC 4180 without final dots; a zone file (RFC 1035, section 5) with them; Terraform
without a provider; JSON.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from domain.challenge import ExpectedRecord

TTL: Final = 3600  # seconds


def as_csv(records: Sequence[ExpectedRecord]) -> str:
    """UTF-8, CRLF, header `type,name,value,purpose`."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(("type", "name", "value", "purpose"))
    writer.writerows((record.type, record.name, record.value, record.purpose) for record in records)
    return sheet.getvalue()


def as_zone(records: Sequence[ExpectedRecord]) -> str:
    """Lines for a zone file."""
    return "".join(f"{record.name}. {TTL} IN {record.type} {record.value}.\n" for record in records)


def as_terraform(records: Sequence[ExpectedRecord]) -> str:
    """A local value that any provider's resource can take its fields from."""
    entries = ",\n".join(
        f"    {{ type = {_quoted(record.type)}, name = {_quoted(record.name)}, "
        f"value = {_quoted(record.value)}, purpose = {_quoted(record.purpose)}, ttl = {TTL} }}"
        for record in records
    )
    body = f"\n{entries},\n  " if entries else ""
    return f"locals {{\n  signet_records = [{body}]\n}}\n"


def as_json(records: Sequence[ExpectedRecord]) -> str:
    """A list of `{type, name, value, purpose}`: what `signet check --records` reads."""
    fields = ("type", "name", "value", "purpose")
    return (
        json.dumps([{field: getattr(record, field) for field in fields} for record in records], indent=2)
        + "\n"
    )


def _quoted(text: str) -> str:
    """A string of HCL, where `${` would begin an expression."""
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")


FORMATS: Final[Mapping[str, Callable[[Sequence[ExpectedRecord]], str]]] = {
    "csv": as_csv,
    "zone": as_zone,
    "terraform": as_terraform,
    "json": as_json,
}
