"""Reads DMARC policy records, and says what is wrong with one (RFC 9989, sections 4.7 and 4.8).

Unknown tags are ignored, those of RFC 7489 that are gone (pct, rf, ri) among them. Where the two differ
in what is harmless, the milder one counts: an advisory is not a validator.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from domain.advisories.advisory import Situation
from domain.observation import Answer

PROPOSED: Final = "v=DMARC1; p=none"

_VERSION: Final = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")  # the value is case-sensitive
_MEANT: Final = re.compile(
    r"v\s*=\s*[\"']?dmarc|(?:^|[\s;\"'])p\s*=\s*(?:none|quarantine|reject)\b", re.IGNORECASE
)
_TAG: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)", re.DOTALL)
_URI: Final = re.compile(  # RFC 3986; an exclamation mark stands before an obsolete size
    r"(?=[a-z0-9._~:/?#\[\]@!$&'()*+;=%-]*\Z)(?:mailto:[^@]+@[^@]+|(?!mailto:)[a-z][a-z0-9+.-]*:.+)",
    re.IGNORECASE,
)
_POLICIES: Final = ("none", "quarantine", "reject")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "p": _POLICIES,
    "sp": _POLICIES,
    "np": _POLICIES,
    "t": ("y", "n"),
    "psd": ("y", "n", "u"),
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
    "fo": ("0", "1", "d", "s"),
}
_ADDRESSED: Final = frozenset({"rua", "ruf"})


class Fault(NamedTuple):
    """What is wrong with a record: the situation, the part that it is about, and what to write instead."""

    situation: Situation
    part: str = ""
    expected: str = ""


def policies(answer: Answer) -> tuple[str, ...]:
    """The texts that begin with the version: all others are discarded (section 4.10, step 2)."""
    return tuple(value for value in answer.values if _VERSION.match(value))


def meant(answer: Answer) -> tuple[str, ...]:
    """The texts that somebody wrote as a DMARC record, readable or not. A wildcard may bring others."""
    return tuple(value for value in answer.values if _MEANT.search(value))


def policy_of(answer: Answer) -> str | None:
    """The one policy record at a name. Of several, none counts (section 4.10, step 2)."""
    found = policies(answer)
    return found[0] if len(found) == 1 else None


def psd_of(policy: str) -> str:
    """Whether the record says that its domain is a public suffix: `y`, `n`, or `u` where it does not say."""
    return next((value for tag, value in _tags(policy) if tag == "psd" and value in _CHOICES["psd"]), "u")


def fault_at(answer: Answer) -> Fault | None:
    """What is wrong where a DMARC record was meant to stand."""
    found = policies(answer)
    if len(found) > 1:
        return Fault(Situation.DMARC_SEVERAL)
    if not found:
        return Fault(Situation.DMARC_VERSION, expected="v=DMARC1;")
    return fault_in(found[0])


def fault_in(policy: str) -> Fault | None:
    """The first thing that is wrong with a record that begins with its version."""
    faults = (_fault_in_part(part) for part in _parts(policy))
    return next((fault for fault in faults if fault), None) or _fault_in_whole(policy)


def _fault_in_whole(policy: str) -> Fault | None:
    """A tag that stands twice (RFC 6376, section 3.2); neither policy nor reports (section 4.10.1)."""
    names = ["v", *(tag for tag, _ in _tags(policy))]
    repeated = next((tag for tag, times in Counter(names).items() if times > 1), None)
    if repeated:
        return Fault(Situation.DMARC_REPEATED, f"{repeated}=")
    if not {"p", "rua"} & {*names}:
        return Fault(Situation.DMARC_WITHOUT_POLICY, expected=PROPOSED)
    return None


def _fault_in_part(part: str) -> Fault | None:
    tag = _TAG.fullmatch(part)
    if not tag:
        return Fault(Situation.DMARC_FORM, part)
    name, value = tag[1].lower(), tag[2]
    if name in _ADDRESSED and not all(_URI.fullmatch(uri.strip()) for uri in value.split(",")):
        return Fault(Situation.DMARC_ADDRESS, part, f"{name}=mailto:dmarc@example.com")
    choices = _CHOICES.get(name)
    if choices and not all(item in choices for item in _items(name, value)):
        return Fault(Situation.DMARC_VALUE, part, ", ".join(f"{name}={choice}" for choice in choices))
    return None


def _items(name: str, value: str) -> list[str]:
    """What a value is made of. Both 0 and 1 in `fo` are against RFC 9989, fine by RFC 7489, and do no harm."""
    return [item.strip() for item in value.lower().split(":")] if name == "fo" else [value.lower()]


def _tags(policy: str) -> Iterator[tuple[str, str]]:
    """The tags behind the version, in lower case."""
    for part in _parts(policy):
        if tag := _TAG.fullmatch(part):
            yield tag[1].lower(), tag[2].lower()


def _parts(policy: str) -> list[str]:
    """The parts behind the version. Two semicolons in a row do no harm."""
    return [part.strip() for part in policy.split(";")[1:] if part.strip()]
