"""The codes that name what is wrong, and the sentences that say it.

Programs read `code`, people read `summary` and `advice`. The English sentences
here are also the keys of the translation catalogues. A code is only ever added.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

LONGEST_SHOWN: Final = 100


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


class Sentences(NamedTuple):
    """What is the case, and what to do next; the names in braces are those of `fillings`."""

    summary: str
    advice: str


SENTENCES: Final[Mapping[Code, Sentences]] = {
    Code.DOMAIN_NOT_FOUND: Sentences(
        "The domain {domain} does not exist in DNS.",
        "Check that the domain is registered and paid for, and that its name is spelled correctly. "
        "A newly registered domain can take a few hours to appear. A subdomain such as news.example.com needs no "
        "registration: it appears with its first record.",
    ),
    Code.RECORD_MISSING: Sentences(
        "There is no record at {name} yet.",
        "In the DNS settings of {domain}, add a record of type CNAME with the name {name} and the target {expected}.",
    ),
    Code.NAME_DOUBLED: Sentences(
        "The record was found, but its name has the domain twice: {seen}.",
        "The DNS settings add {domain} to every name by themselves. Change the name of the record so that it ends "
        "before .{domain}, and leave the target as it is.",
    ),
    Code.WRONG_TARGET: Sentences(
        "{name} points to {seen}, not to {expected}.",
        "Change the target of this record to {expected}.",
    ),
    Code.TARGET_TYPO: Sentences(
        "{name} points to {seen}, which is almost {expected}: a letter is different.",
        "Copy the target {expected} and paste it into the record.",
    ),
    Code.TARGET_ORIGIN_APPENDED: Sentences(
        "{name} points to {seen}: your own domain was added to the end of the target.",
        "Add a dot to the end of the target {expected}, so that nothing is added behind it.",
    ),
    Code.TARGET_MALFORMED: Sentences(
        "The target at {name} holds signs that do not belong there: {seen}.",
        "Write the target without quotes, spaces, slashes or https://, just {expected}.",
    ),
    Code.SELECTORS_SWAPPED: Sentences(
        "The two records have each other's targets: {name} points to {seen}.",
        "Exchange the targets. {name} has to point to {expected}.",
    ),
    Code.TXT_INSTEAD_OF_CNAME: Sentences(
        "At {name} there is a TXT record with the target in it. It has to be a CNAME record.",
        "Delete the TXT record, and add a record of type CNAME with the same name and the target {expected}.",
    ),
    Code.PROXIED: Sentences(
        "{name} answers with an address ({seen}) instead of a CNAME: your DNS provider puts a proxy before the record.",
        "Turn the proxy off for this record (often called DNS only), so that it points to {expected}.",
    ),
    Code.MULTIPLE_CNAMES: Sentences(
        "At {name} there are several CNAME records: {seen}. Only one is allowed.",
        "Delete all of them but the one with the target {expected}.",
    ),
    Code.SERVFAIL: Sentences(
        "The name servers of {domain} answered with an error, so we could not see the record.",
        "You need not change the record. If this goes on, ask whoever runs the name servers of {domain} to check them.",
    ),
    Code.REFUSED: Sentences(
        "The name servers refused to answer for {domain}, so we could not see the record.",
        "You need not change the record. If this goes on, ask whoever runs the name servers of {domain} to check them.",
    ),
    Code.TIMEOUT: Sentences(
        "The name servers of {domain} did not answer in time, so we could not see the record.",
        "You need not change the record. If this goes on, ask whoever runs the name servers of {domain} to check them.",
    ),
    Code.MALFORMED: Sentences(
        "The name servers of {domain} sent an answer that cannot be read, so we could not see the record.",
        "You need not change the record. If this goes on, ask whoever runs the name servers of {domain} to check them.",
    ),
}


def summary(diagnosis: Diagnosis) -> str:
    """What is the case, in English."""
    return SENTENCES[diagnosis.code].summary.format_map(fillings(diagnosis))


def advice(diagnosis: Diagnosis) -> str:
    """The next step, in English."""
    return SENTENCES[diagnosis.code].advice.format_map(fillings(diagnosis))


def fillings(diagnosis: Diagnosis) -> dict[str, str]:
    """What stands in the places of the sentences; safe to show."""
    return {
        "name": diagnosis.name,
        "expected": diagnosis.expected,
        "domain": diagnosis.name.partition("._domainkey.")[2],
        "seen": ", ".join(shown(text) for text in diagnosis.seen),
        "servers": ", ".join(diagnosis.servers),
    }


def shown(text: str) -> str:
    """A value that a stranger's server sent: cut to 100 characters, and nothing invisible in it."""
    visible = text if text.isascii() and text.isprintable() else "".join(map(_visible, text))
    return visible if len(visible) <= LONGEST_SHOWN else visible[: LONGEST_SHOWN - 1] + "…"


def _visible(sign: str) -> str:
    return sign if unicodedata.category(sign)[0] not in "CZ" or sign == " " else "\ufffd"
