"""The codes of DNS diagnoses, and the sentences that say them to an owner.

A code is only ever added; no program reads a sentence. The English sentences are also the keys of the translation
catalogues. Law: plain words, no blame, always the next step; and where we could not see, nothing is asked of the
owner but to have the name servers checked.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class Code(StrEnum):
    """DNS diagnosis codes (product contract, section 3)."""

    DOMAIN_NOT_FOUND = "dns.domain_not_found"
    NOT_DELEGATED = "dns.not_delegated"
    RECORD_MISSING = "dns.record_missing"
    NAME_DOUBLED = "dns.name_doubled"
    LABEL_MISSING = "dns.label_missing"
    UNDERSCORE_LOST = "dns.underscore_lost"
    WRONG_ZONE = "dns.wrong_zone"
    WRONG_TARGET = "dns.wrong_target"
    TARGET_TYPO = "dns.target_typo"
    TARGET_ORIGIN_APPENDED = "dns.target_origin_appended"
    TARGET_MALFORMED = "dns.target_malformed"
    TARGET_STALE = "dns.target_stale"
    SELECTORS_SWAPPED = "dns.selectors_swapped"
    TXT_INSTEAD_OF_CNAME = "dns.txt_instead_of_cname"
    KEY_AS_TXT = "dns.key_as_txt"
    PROXIED = "dns.proxied"
    MULTIPLE_CNAMES = "dns.multiple_cnames"
    CNAME_WITH_OTHER_DATA = "dns.cname_with_other_data"
    WILDCARD = "dns.wildcard"
    CNAME_LOOP = "dns.cname_loop"
    CNAME_CHAIN_TOO_LONG = "dns.cname_chain_too_long"
    PARTIAL = "dns.partial"
    LAME_DELEGATION = "dns.lame_delegation"
    SERVFAIL = "dns.servfail"
    REFUSED = "dns.refused"
    TIMEOUT = "dns.timeout"
    BOGUS = "dns.bogus"
    MALFORMED = "dns.malformed"
    STALE_CACHE = "dns.stale_cache"
    TARGET_UNPUBLISHED = "dns.target_unpublished"
    KEY_MISMATCH = "dns.key_mismatch"


class Sentences(NamedTuple):
    """What is the case, and what to do next; the names in braces are those of `fillings`."""

    summary: str
    advice: str


_CHANGE_NAME: Final = "Change the name of this record to {name}, with the target {expected}."
_CHANGE_TARGET: Final = "Change the target of this record to {expected}."
_CNAME_FOR_TXT: Final = (
    "Delete the TXT record, and add a record of type CNAME with the same name and the target {expected}."
)
_CHECK_SERVERS: Final = (
    "You need not change the record. If this goes on, ask whoever runs the name servers of {domain} "
    "to check them."
)
_OURS: Final = "You need not do anything: this is for us to put right, and we know of it."

# The last two come with the keys: nothing judges them yet.
SENTENCES: Final[Mapping[Code, Sentences]] = {
    Code.DOMAIN_NOT_FOUND: Sentences(
        "The domain {domain} does not exist in DNS.",
        "Check that the domain is registered and paid for, and that its name is spelled correctly. "
        "A newly registered domain can take a few hours to appear.",
    ),
    Code.NOT_DELEGATED: Sentences(
        "No name servers are listed for {domain}, so nothing that is set up for it can be found.",
        "At the company where {domain} is registered, enter the name servers of the company that runs its DNS. "
        "It can take a few hours until they are listed.",
    ),
    Code.RECORD_MISSING: Sentences(
        "There is no record at {name} yet.",
        "In the DNS settings of {domain}, add a record of type CNAME with the name {name} and the target {expected}.",
    ),
    Code.NAME_DOUBLED: Sentences(
        "The record was found, but its name has the domain twice: {seen}.",
        "The DNS settings add {domain} to every name by themselves. Change the name of the record so that it ends "
        "before .{domain}, and let the target be {expected}.",
    ),
    Code.LABEL_MISSING: Sentences(
        "The record was found at {seen}, so a part of its name is missing.", _CHANGE_NAME
    ),
    Code.UNDERSCORE_LOST: Sentences(
        "The record was found at {seen}, so the underscore in its name is missing: it has to be _domainkey.",
        "Change the name of this record to {name}, with the target {expected}. If the DNS settings do not take "
        "the underscore, ask those who run them to add the record.",
    ),
    Code.WRONG_ZONE: Sentences(
        "The record was found at {seen}, which is not where it belongs.", _CHANGE_NAME
    ),
    Code.WRONG_TARGET: Sentences("{name} points to {seen}, not to {expected}.", _CHANGE_TARGET),
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
    Code.TARGET_STALE: Sentences(
        "{name} points to {seen}, a target from an earlier registration of this domain.", _CHANGE_TARGET
    ),
    Code.SELECTORS_SWAPPED: Sentences(
        "The two records have each other's targets: {name} points to {seen}.",
        "Exchange the targets. {name} has to point to {expected}.",
    ),
    Code.TXT_INSTEAD_OF_CNAME: Sentences(
        "At {name} there is a TXT record with the target in it. It has to be a CNAME record.", _CNAME_FOR_TXT
    ),
    Code.KEY_AS_TXT: Sentences(
        "At {name} there is a TXT record with a key in it. It has to be a CNAME record, so that keys can be "
        "changed without any work for you.",
        _CNAME_FOR_TXT,
    ),
    Code.PROXIED: Sentences(
        "{name} answers with an address ({seen}) instead of a CNAME: your DNS provider puts a proxy before the record.",
        "Turn the proxy off for this record (often called DNS only), so that it points to {expected}.",
    ),
    Code.MULTIPLE_CNAMES: Sentences(
        "At {name} there are several CNAME records: {seen}. Only one is allowed.",
        "Delete all of them but the one with the target {expected}.",
    ),
    Code.CNAME_WITH_OTHER_DATA: Sentences(
        "At {name} there are other records beside the CNAME record: {seen}. A name with a CNAME record may have "
        "no others.",
        "Delete the other records at {name}, and leave the CNAME record with the target {expected}.",
    ),
    Code.WILDCARD: Sentences(
        "{name} points to {seen}, but so does every name there: a wildcard record (its name begins with *) "
        "answers for them all.",
        "Add a record of type CNAME with exactly the name {name} and the target {expected}. The wildcard record "
        "may stay.",
    ),
    Code.CNAME_LOOP: Sentences(
        "{name} points to {seen}, and from there the CNAME records lead round in a circle.", _CHANGE_TARGET
    ),
    Code.CNAME_CHAIN_TOO_LONG: Sentences(
        "{name} points to {seen}, and from there too many CNAME records follow one another. At most 8 are allowed.",
        _CHANGE_TARGET,
    ),
    Code.PARTIAL: Sentences(
        "The name servers do not agree about {name}. These have the right record: {having}. These do not: {servers}.",
        "After a change it can take a while until all name servers have it. If this goes on, ask whoever runs the "
        "name servers of {domain} to check that all of them have the same records.",
    ),
    Code.LAME_DELEGATION: Sentences(
        "These name servers are listed for {domain}, but do not answer for it: {servers}. So we cannot tell yet "
        "whether the record at {name} is right.",
        _CHECK_SERVERS,
    ),
    Code.SERVFAIL: Sentences(
        "When we asked for {name}, we got only an error from: {servers}. So we cannot tell yet whether the "
        "record is right.",
        _CHECK_SERVERS,
    ),
    Code.REFUSED: Sentences(
        "The service through which we look into DNS refused to answer for {domain}, so we cannot tell yet whether "
        "the record at {name} is right.",
        _CHECK_SERVERS,
    ),
    Code.TIMEOUT: Sentences(
        "When we asked for {name}, no answer came in time from: {servers}. So we cannot tell yet whether the "
        "record is right.",
        _CHECK_SERVERS,
    ),
    Code.BOGUS: Sentences(
        "What the name servers say of {name} does not fit its digital signature (DNSSEC), so we cannot rely on it yet.",
        "You need not change the record. Ask whoever runs the name servers of {domain} to check its DNSSEC signatures.",
    ),
    Code.MALFORMED: Sentences(
        "When we asked for {name}, an answer that cannot be read came from: {servers}. So we cannot tell yet "
        "whether the record is right.",
        _CHECK_SERVERS,
    ),
    Code.STALE_CACHE: Sentences(
        "The record at {name} is in place. Some servers elsewhere may still give an older answer until {until}.",
        "You need not do anything: the older answer goes away by itself.",
    ),
    Code.TARGET_UNPUBLISHED: Sentences(
        "The record at {name} is right, but we do not yet publish the key that it points to.", _OURS
    ),
    Code.KEY_MISMATCH: Sentences(
        "The record at {name} is right, but the key that we publish there is not the one that we sign with.",
        _OURS,
    ),
}
