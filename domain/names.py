"""Reads the name of a sending domain once, at the door: a DomainName, or a Refusal that says why not.

Inside, invalid names cannot exist, and nobody checks twice. The lists (public suffixes,
mail providers, special-use names) come in through NameRules.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, Protocol

import idna

LONGEST_NAME: Final = 211  # leaves room for `sg1-<26 characters>._domainkey.` within 253 octets
LONGEST_LABEL: Final = 63  # RFC 1035, section 2.3.4
LONGEST_TEXT: Final = (
    1024  # in any spelling, a name of 211 octets is shorter; anything longer is not looked into
)
LONGEST_SHOWN: Final = 253
REMEMBERED: Final = 4096  # one event spells its name several times

_LABEL: Final = r"(?!.{2}--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PLAIN: Final = re.compile(rf"(?:{_LABEL}\.)*(?!(?:{_NUMBER.pattern})\Z){_LABEL}")
_UNSHOWABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class NameCode(StrEnum):
    """Why a text is not the name of a sending domain."""

    INVALID = "domain.invalid"
    SINGLE_LABEL = "domain.single_label"
    IP_LITERAL = "domain.ip_literal"
    PUBLIC_SUFFIX = "domain.public_suffix"
    RESERVED = "domain.reserved"
    FREEMAIL = "domain.freemail"
    TOO_LONG = "domain.too_long"


MESSAGES: Final[Mapping[NameCode, str]] = {
    NameCode.INVALID: "This is not a domain name. A domain name looks like example.com.",
    NameCode.SINGLE_LABEL: "{domain} is a single word. Give the whole domain name, such as example.com.",
    NameCode.IP_LITERAL: "This is an IP address. Give the domain name that your mail addresses end with.",
    NameCode.PUBLIC_SUFFIX: "Under {domain} anybody can register names, so nobody can prove it as their own. "
    "Give the domain that you registered under it.",
    NameCode.RESERVED: "{domain} is reserved for private networks and tests. "
    "Give a domain that is registered in the public DNS.",
    NameCode.FREEMAIL: "{domain} belongs to a mail provider. Only a domain of your own can be proven.",
    NameCode.TOO_LONG: "This domain name is too long. At most 211 characters are possible, "
    "and at most 63 between two dots.",
}


@dataclass(frozen=True, slots=True)
class DomainName:
    """A name that may be proven: lower-case A-labels without a final dot, and the same as people read it."""

    ascii: str
    unicode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a text was not taken as a name. `domain` is what was read of it, or empty; it is safe to show."""

    code: NameCode
    domain: str = ""

    @property
    def template(self) -> str:
        """The sentence before `{domain}` is filled in: the key of the translation catalogues."""
        return MESSAGES[self.code]

    @property
    def message(self) -> str:
        """The sentence, in English."""
        return self.template.format(domain=self.domain)


class SuffixList(Protocol):
    """Under which names anybody may register: both sections of the Public Suffix List."""

    def is_public_suffix(self, name: str) -> bool:
        """Whether the name (A-labels) is itself a public suffix."""


class Freemail(Protocol):
    """Whose mail addresses anybody may have."""

    def is_freemail(self, name: str) -> bool:
        """Whether the name (A-labels) is, or stands under, a domain of a mail provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRules:
    """What parse_domain knows of the world. In a lab, names under `reserved` are taken."""

    suffixes: SuffixList
    freemail: Freemail
    reserved: frozenset[str]
    lab: bool = False


def parse_domain(text: str, rules: NameRules) -> DomainName | Refusal:
    """Read a name of a sending domain: A- or U-labels (IDNA 2008), any case, one final dot allowed."""
    name = spell(text)
    if isinstance(name, Refusal):
        return name
    if "." not in name.ascii:
        return Refusal(code=NameCode.SINGLE_LABEL, domain=name.unicode)
    code = _forbidden(name.ascii, rules)
    return Refusal(code=code, domain=name.unicode) if code else name


def spell(text: str) -> DomainName | Refusal:
    """Bring a name into its one spelling, whoever may own it. A single label is still a name here."""
    return Refusal(code=NameCode.TOO_LONG) if len(text) > LONGEST_TEXT else _spell(text)


@lru_cache(maxsize=REMEMBERED)
def _spell(text: str) -> DomainName | Refusal:
    folded = unicodedata.normalize("NFC", text.lower()).removesuffix(".")
    # Plain letters, digits and hyphens are what they are, as IDNA would say, in a hundredth of the time.
    name = DomainName(folded, folded) if _PLAIN.fullmatch(folded) else _spell_other(folded)
    if isinstance(name, DomainName) and len(name.ascii) > LONGEST_NAME:
        return Refusal(code=NameCode.TOO_LONG)
    return name


def _spell_other(folded: str) -> DomainName | Refusal:
    if _is_address(folded):
        return Refusal(code=NameCode.IP_LITERAL)
    if any(len(label) > LONGEST_LABEL for label in folded.split(".")):
        return Refusal(code=NameCode.TOO_LONG)
    name = _international(folded)
    if name is None or _NUMBER.fullmatch(name.ascii.rpartition(".")[2]):
        return Refusal(code=NameCode.INVALID)
    return name


def as_given(text: str) -> str:
    """Spell a text from outside so that it is safe to store and to show: clipped, nothing invisible."""
    return "".join(
        f"\\u{{{ord(character):x}}}" if unicodedata.category(character) in _UNSHOWABLE else character
        for character in text[:LONGEST_SHOWN]
    )


def _forbidden(name: str, rules: NameRules) -> NameCode | None:
    if any(parent in rules.reserved for parent in _with_parents(name)):
        return None if rules.lab else NameCode.RESERVED
    if rules.freemail.is_freemail(name):
        return NameCode.FREEMAIL
    return NameCode.PUBLIC_SUFFIX if rules.suffixes.is_public_suffix(name) else None


def _with_parents(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[depth:]) for depth in range(len(labels))]


def _international(folded: str) -> DomainName | None:
    if folded.endswith("."):  # there were two; idna would overlook this one
        return None
    try:
        ascii_form = idna.encode(folded, strict=True, uts46=False).decode("ascii")
        return DomainName(ascii_form, idna.decode(ascii_form, strict=True))
    except idna.IDNAError:
        return None


def _is_address(folded: str) -> bool:
    """Whether this is an IP address, bare or as in SMTP (RFC 5321, section 4.1.3), or was meant to be one."""
    bare = folded.removeprefix("[").removesuffix("]").removeprefix("ipv6:")
    if "." in bare and all(_NUMBER.fullmatch(label) for label in bare.split(".")):
        return True
    if ":" not in bare:
        return False
    try:
        ipaddress.IPv6Address(bare)
    except ValueError:
        return False
    return True
