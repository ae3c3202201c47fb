"""The codes that name what is wrong, and the sentences that say it.

Programs read `code`, people read `summary` and `advice`. The English sentences
here are also the keys of the translation catalogues. A code is only ever added.
"""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """DNS diagnosis codes (product contract, section 3)."""

    DOMAIN_NOT_FOUND = "dns.domain_not_found"
    RECORD_MISSING = "dns.record_missing"
    NAME_DOUBLED = "dns.name_doubled"
    WRONG_TARGET = "dns.wrong_target"
    TARGET_TYPO = "dns.target_typo"
    TARGET_ORIGIN_APPENDED = "dns.target_origin_appended"
    TARGET_MALFORMED = "dns.target_malformed"
    SELECTORS_SWAPPED = "dns.selectors_swapped"
    TXT_INSTEAD_OF_CNAME = "dns.txt_instead_of_cname"
    PROXIED = "dns.proxied"
    MULTIPLE_CNAMES = "dns.multiple_cnames"
    SERVFAIL = "dns.servfail"
    REFUSED = "dns.refused"
    TIMEOUT = "dns.timeout"
    MALFORMED = "dns.malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The most specific thing that can be said of one record. `seen` and `expected` are record values or names."""

    code: Code
    name: str
    expected: str
    seen: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
