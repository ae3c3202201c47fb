"""What events say of records: what is to be published, how it stands, and what is wrong with it."""

from domain.verdict import Status
from events.forms import Frozen


class Record(Frozen):
    """One record that the owner is to publish. Names have no final dot."""

    type: str
    name: str
    value: str
    purpose: str


class DiagnosisReport(Frozen):
    """What is wrong, and what to do about it. Programs read `code`, people the sentences."""

    code: str
    summary: str
    advice: str
    seen: tuple[str, ...]
    expected: str
    servers: tuple[str, ...]


class CheckedRecord(Record):
    """One record, and how it stands."""

    status: Status
    seen: tuple[str, ...]
    diagnosis: DiagnosisReport | None
    """Null where nothing is to be said about the record."""
