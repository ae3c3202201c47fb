"""The provider that a zone's name servers give away, and what its panel asks of the owner.

It adds to the advice of a diagnosis: how the fields are called there, what the panel does by itself.
What is not known of a panel is not said. Providers are data, and come in as arguments.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from domain.diagnosis import Diagnosis, advice
from domain.verdict import Finding

LONGEST_NUMBER: Final = 3
MOST_PROVIDERS: Final = 1_000


class Known(StrEnum):
    """What is known of a panel's habit."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class FinalDot(StrEnum):
    """Whether a panel wants a dot at the end of a target in another zone."""

    NEEDED = "needed"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who runs the DNS of zones, and its panel. An empty text is one that is not known.

    A pattern in `name_servers` is lower-case labels; `*` in one is a number of at most three digits.
    """

    id: str
    name: str
    name_servers: tuple[str, ...]
    name_field: str = ""
    target_field: str = ""
    appends_domain: Known = Known.UNKNOWN
    final_dot: FinalDot = FinalDot.UNKNOWN
    proxies: Known = Known.UNKNOWN
    proxy_field: str = ""
    proxy_off: str = ""
    help_page: str = ""


class Hint(StrEnum):
    """What can be said of a provider."""

    RUN_BY = "run_by"
    FIELDS = "fields"
    SHORT_NAME = "short_name"
    WHOLE_NAME = "whole_name"
    DOT_NEEDED = "dot_needed"
    DOT_FORBIDDEN = "dot_forbidden"
    PROXY_OFF = "proxy_off"
    HELP_PAGE = "help_page"


# The names in braces are those of `fillings`.
SENTENCES: Final[Mapping[Hint, str]] = {
    Hint.RUN_BY: "Your DNS is run by {provider}.",
    Hint.FIELDS: "Your DNS is run by {provider}. There, the name goes into the field “{name_field}” "
    "and the target into the field “{target_field}”.",
    Hint.SHORT_NAME: "Enter only {short_name} as the name: {provider} adds .{zone} by itself.",
    Hint.WHOLE_NAME: "Enter all of {name} as the name: {provider} adds nothing to it.",
    Hint.DOT_NEEDED: "Enter {dotted} as the target: {provider} needs the dot at its end.",
    Hint.DOT_FORBIDDEN: "Enter {expected} as the target, with no dot at its end: {provider} takes none.",
    Hint.PROXY_OFF: "At {provider}, edit this record and set “{proxy_field}” to “{proxy_off}”.",
    Hint.HELP_PAGE: "How to do it, explained by {provider}: {help_page}",
}

# Codes of the product contract, section 3: where the owner has to enter a name, a target, or only to look there.
NAME_CODES: Final = frozenset(
    {
        "dns.record_missing",
        "dns.name_doubled",
        "dns.label_missing",
        "dns.underscore_lost",
        "dns.wrong_zone",
        "dns.txt_instead_of_cname",
        "dns.key_as_txt",
        "dns.wildcard",
    }
)
TARGET_CODES: Final = frozenset(
    {
        "dns.record_missing",
        "dns.wrong_target",
        "dns.target_typo",
        "dns.target_origin_appended",
        "dns.target_malformed",
        "dns.target_stale",
        "dns.selectors_swapped",
        "dns.txt_instead_of_cname",
        "dns.key_as_txt",
        "dns.wildcard",
    }
)
OTHER_CODES: Final = frozenset({"dns.proxied", "dns.multiple_cnames", "dns.cname_with_other_data"})

NAMING: Final = {Known.YES: Hint.SHORT_NAME, Known.NO: Hint.WHOLE_NAME}
ENDING: Final = {FinalDot.NEEDED: Hint.DOT_NEEDED, FinalDot.FORBIDDEN: Hint.DOT_FORBIDDEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """What the owner is told of the panel: English sentences in the order to be read, and what fills their places.

    `instead`: they take the place of the advice, which would mislead there. Without sentences nothing is known.
    """

    sentences: tuple[str, ...] = ()
    fillings: Mapping[str, str] = field(default_factory=dict)
    instead: bool = False

    @property
    def english(self) -> tuple[str, ...]:
        """The sentences, filled."""
        return tuple(sentence.format_map(self.fillings) for sentence in self.sentences)


def guidance(finding: Finding, providers: Sequence[Provider]) -> Guidance:
    """What there is to say of the panel that a finding has to be mended in."""
    provider = recognise(finding.name_servers, providers)
    if provider is None or finding.diagnosis is None:
        return Guidance()
    return Guidance(
        sentences=hints(provider, finding.diagnosis.code),
        fillings=fillings(provider, finding.diagnosis, finding.zone),
        instead=advice_misleads(provider, finding.diagnosis.code),
    )


def next_step(diagnosis: Diagnosis, guide: Guidance) -> str:
    """The advice in English, and behind it, or in its place, what is to be said of the panel."""
    general = () if guide.instead else (advice(diagnosis),)
    return " ".join((*general, *guide.english))


def recognise(name_servers: Sequence[str], providers: Sequence[Provider]) -> Provider | None:
    """The one provider that all of these name servers belong to. None where they are of two, or one is of nobody."""
    found = [_owner(name, providers) for name in name_servers]
    return found[0] if found and all(owner is found[0] for owner in found) else None


def hints(provider: Provider, code: str) -> tuple[str, ...]:
    """The English sentences that fit, in the order to be read; none for a code that no panel can mend."""
    return tuple(SENTENCES[hint] for hint in _fitting(provider, code))


def advice_misleads(provider: Provider, code: str) -> bool:
    """Whether the general advice on this code is wrong here: it asks for a dot, and the panel takes none."""
    return code == "dns.target_origin_appended" and provider.final_dot is FinalDot.FORBIDDEN


def fillings(provider: Provider, diagnosis: Diagnosis, zone: str) -> dict[str, str]:
    """What stands in the places of the hints; safe to show.

    `zone` is where the name servers were found: the sending domain itself, or a domain above it.
    """
    return {
        "provider": provider.name,
        "name_field": provider.name_field,
        "target_field": provider.target_field,
        "proxy_field": provider.proxy_field,
        "proxy_off": provider.proxy_off,
        "help_page": provider.help_page,
        "zone": zone,
        "name": diagnosis.name,
        "short_name": diagnosis.name.removesuffix(f".{zone}"),
        "expected": diagnosis.expected,
        "dotted": f"{diagnosis.expected}.",
    }


def _fitting(provider: Provider, code: str) -> Iterator[Hint]:
    writes = code in NAME_CODES | TARGET_CODES
    if not writes and code not in OTHER_CODES:
        return
    yield Hint.FIELDS if writes and provider.name_field and provider.target_field else Hint.RUN_BY
    if code in NAME_CODES and provider.appends_domain in NAMING:
        yield NAMING[provider.appends_domain]
    if code in TARGET_CODES and provider.final_dot in ENDING:
        yield ENDING[provider.final_dot]
    if code == "dns.proxied" and provider.proxies is Known.YES:
        yield Hint.PROXY_OFF
    if provider.help_page:
        yield Hint.HELP_PAGE


def _owner(name_server: str, providers: Sequence[Provider]) -> Provider | None:
    name = name_server.lower().removesuffix(".")
    return next((one for one in providers if _ending(one.name_servers).search(name)), None)


@lru_cache(maxsize=MOST_PROVIDERS)
def _ending(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """What the names of a provider's servers end with."""
    ends = "|".join(re.escape(pattern).replace(r"\*", f"[0-9]{{1,{LONGEST_NUMBER}}}") for pattern in patterns)
    return re.compile(rf"(?:\A|\.)(?:{ends})\Z")
