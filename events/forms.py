"""The forms of the fields that events are made of, and the words that say what each must be.

The words serve the schema, the generated pages and the refusals alike.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from domain import fields
from domain.identity import Route, WhenExpired

# What may be a name is judged by the lifecycle, which says so in domain.refused.
LONGEST_DOMAIN_TEXT: Final = 70_000
LONGEST_ADDRESS_TEXT: Final = 70_000
TIME_PATTERN: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"

MUST_BE: Final[Mapping[str, str]] = {
    "account": "1 to 128 characters of A-Z a-z 0-9 . _ : @ / -",
    "plan": "the name of a plan: 1 to 100 visible characters",
    "domain": "a domain name such as example.com",
    "route": 'either "cloud" or "smtp"',
    "address": "a mail address such as info@example.com",
    "display_name": "a name in one line: 1 to 100 visible characters",
    "when_certificate_expired": 'either "fail" or "unsigned"',
    "contact": "an object with the texts email and locale",
    "email": "a mail address such as owner@example.com",
    "locale": "a language tag (BCP 47) such as cs or en-GB",
    "host": "the name of a server such as smtp.example.com, or an IP address",
    "port": "a number from 1 to 65535",
    "username": "a text of 1 to 255 octets without control characters",
    "password": "a text of 1 to 1,024 octets without control characters",
    "security": 'one of "auto", "tls" and "starttls"',
    "from": "a mail address such as info@example.com",
    "pkcs12": "a PKCS#12 file of at most 65,536 octets, sealed",
    "sealed": "base64 (RFC 4648, section 4, with padding) of enc, ciphertext and tag (RFC 9180)",
    "key": "the id of the sealing key",
    "data": "an object",
    "subject": "the domain or address that the data names, or left out",
    "time": "a time (RFC 3339) such as 2026-01-31T09:30:00.000Z",
}


class Frozen(BaseModel):
    """What all parts of events have in common: strict when made, lenient towards fields that came later."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", use_attribute_docstrings=True)


@lru_cache(maxsize=256)
def rfc3339(at: datetime) -> str:
    """Write a time as all our events do: UTC, `Z`, milliseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def holds(rule: Callable[[str], bool]) -> AfterValidator:
    """A text of which the rule is true."""

    def check(text: str) -> str:
        if not rule(text):
            raise ValueError(rule.__name__)
        return text

    return AfterValidator(check)


def absent(value: object) -> bool:
    """Whether an optional field is left out when an event is written."""
    return value is None


Account = Annotated[str, Field(pattern=f"^{fields.ACCOUNT_PATTERN}$", description=MUST_BE["account"])]
Plan = Annotated[
    str,
    holds(fields.is_plan),
    Field(min_length=1, max_length=fields.LONGEST_PLAN, description=MUST_BE["plan"]),
]
GivenDomain = Annotated[
    str, Field(min_length=1, max_length=LONGEST_DOMAIN_TEXT, description=MUST_BE["domain"])
]
GivenAddress = Annotated[
    str, Field(min_length=1, max_length=LONGEST_ADDRESS_TEXT, description=MUST_BE["address"])
]
DisplayName = Annotated[
    str,
    holds(fields.is_display_name),
    Field(min_length=1, max_length=fields.LONGEST_DISPLAY_NAME, description=MUST_BE["display_name"]),
]
WhenExpiredName = Annotated[WhenExpired, Field(strict=False, description=MUST_BE["when_certificate_expired"])]
RouteName = Annotated[Route, Field(strict=False, description=MUST_BE["route"])]
Email = Annotated[
    str, holds(fields.is_email), Field(max_length=fields.LONGEST_EMAIL, description=MUST_BE["email"])
]
Locale = Annotated[
    str, holds(fields.is_locale), Field(max_length=fields.LONGEST_LOCALE, description=MUST_BE["locale"])
]
OptionalText = Annotated[str | None, Field(exclude_if=absent)]
Moment = Annotated[
    AwareDatetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": TIME_PATTERN}),
]


class ContactForm(Frozen):
    """Whom Signet mails about an identity."""

    email: Email
    locale: Locale
