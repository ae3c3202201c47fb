"""Codes for events that are refused for their form. A code is only ever added."""

from enum import StrEnum


class EventCode(StrEnum):
    """What is wrong with the form of an event, or with who sent it."""

    MALFORMED = "event.malformed"
    TOO_LARGE = "event.too_large"
    UNKNOWN_TYPE = "event.unknown_type"
    NOT_ALLOWED = "event.not_allowed"
    FIELD_MISSING = "field.missing"
    FIELD_TYPE = "field.type"
    FIELD_INVALID = "field.invalid"
    NOT_SEALED = "secret.not_sealed"
    UNKNOWN_KEY = "secret.unknown_key"
    CANNOT_OPEN = "secret.cannot_open"
