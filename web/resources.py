"""The forms of what is read over HTTP, for those who program against it. What fills them is workers/resources.py."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, WithJsonSchema

from domain.identity import State
from domain.verdict import Status

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Id = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]


class DiagnosisStanding(BaseModel):
    """What is wrong, and what to do about it. Programs read `code`, people the sentences."""

    code: str
    summary: str
    advice: str
    seen: list[str]
    expected: str
    servers: list[str]


class ServerSaid(BaseModel):
    """What one server said. `rcode` is empty where it said nothing."""

    server: str
    address: str
    answer: list[str]
    rcode: str


class RecordStanding(BaseModel):
    """A record to publish, and how the last look saw it."""

    type: str
    name: str
    expected: str
    purpose: str
    status: Status
    seen: list[str]
    diagnosis: DiagnosisStanding | None
    servers: list[ServerSaid]


class Change(BaseModel):
    """A change of state, and the event that told it."""

    at: Moment
    state: State
    event_id: str | None


class Item(BaseModel):
    """An identity as it stands in a list. Times are RFC 3339, UTC, with milliseconds."""

    id: Id
    account: str
    state: State
    generation: Annotated[int, Field(ge=1, description="Counts the registrations after a removal.")]
    created_at: Moment
    deadline: Moment
    next_check_at: Moment | None
    attempt: Annotated[int, Field(ge=0, description="How many looks were made in this window.")]


class DomainItem(Item):
    """A sending domain as it stands in a list. Times are RFC 3339, UTC, with milliseconds."""

    kind: Literal["domain"]
    subject: Annotated[str, Field(description="The name, as a lower-case A-label.")]


class Domain(DomainItem):
    """A sending domain, whole."""

    records: list[RecordStanding]
    history: list[Change]


class DomainPage(BaseModel):
    """Domains in the order of their making. `next` goes into `after`; null at the end."""

    items: list[DomainItem]
    next: Id | None


class AddressItem(Item):
    """A sender address as it stands in a list. Until `deadline` its link is good."""

    kind: Literal["address"]
    subject: Annotated[str, Field(description="The address, as it was first added.")]


class Address(AddressItem):
    """A sender address, whole. It has no records."""

    records: Annotated[list[RecordStanding], Field(max_length=0)]
    history: list[Change]


class AddressPage(BaseModel):
    """Addresses in the order of their making. `next` goes into `after`; null at the end."""

    items: list[AddressItem]
    next: Id | None


class LoginItem(Item):
    """A login at the owner's own mail server as it stands in a list. It is tried until `deadline`."""

    kind: Literal["smtp"]
    subject: Annotated[str, Field(description="The domain whose mail leaves by it, as a lower-case A-label.")]


class Login(LoginItem):
    """A login, whole. It has no records."""

    records: Annotated[list[RecordStanding], Field(max_length=0)]
    history: list[Change]


class LoginPage(BaseModel):
    """Logins in the order of their making. `next` goes into `after`; null at the end."""

    items: list[LoginItem]
    next: Id | None


class CertificateItem(Item):
    """A signing certificate as it stands in a list. While it is in use, it ends at `deadline`."""

    kind: Literal["certificate"]
    subject: Annotated[str, Field(description="The address whose mails it signs, as it was first added.")]


class CertificateStanding(BaseModel):
    """What stands in a certificate. Names are written as in RFC 4514."""

    subject: str
    issuer: str
    serial: Annotated[str, Field(description="In hexadecimal digits.")]
    fingerprint: Annotated[str, Field(description="SHA-256, in hexadecimal digits.")]
    not_before: Moment
    not_after: Moment


class Certificate(CertificateItem):
    """A signing certificate, whole. It has no records."""

    records: Annotated[list[RecordStanding], Field(max_length=0)]
    history: list[Change]
    certificate: Annotated[
        CertificateStanding | None, Field(description="The one that was accepted last; null before.")
    ]
    waits: Annotated[bool, Field(description="Whether a newer upload is still to be opened.")]
    code: Annotated[str | None, Field(description="Why the newest upload is not used; null where it is.")]


class CertificatePage(BaseModel):
    """Certificates in the order of their making. `next` goes into `after`; null at the end."""

    items: list[CertificateItem]
    next: Id | None
