"""Whether receivers find our DKIM key where it belongs."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.observation import CLEAR, Answer, Asked, Question, Seen, Sight, Whom
from infra.mail.dkim import Dkim
from infra.mail.dkim_key import DkimKey


@dataclass(frozen=True, slots=True)
class Published:
    """What stands in the DNS where our key belongs. `is_right` None: nobody could tell."""

    is_right: bool | None
    seen: str


def question(dkim: Dkim) -> Asked:
    """What to ask the resolvers for, since receivers ask theirs."""
    return Asked(Question(dkim.name, "TXT"), Whom.RESOLVERS)


def judge(dkim: Dkim, sight: Sight | None) -> Published:
    """Whether every resolver that answers clearly has our key, and nothing beside it."""
    clear = [answer for answer in sight.answers if answer.seen in CLEAR] if sight else []
    if not clear:
        return Published(None, f"no resolver could say what is published at {dkim.name}")
    faults = [fault for answer in clear if (fault := _fault(dkim, answer))]
    if faults:
        return Published(is_right=False, seen=f"{dkim.name}: {faults[0]}")
    return Published(is_right=True, seen=f"mails are signed; the key is published at {dkim.name}")


def _fault(dkim: Dkim, answer: Answer) -> str | None:
    """What keeps receivers from finding our key in an answer (RFC 6376, section 3.6.2.2)."""
    if answer.seen is not Seen.RECORDS:
        return "nothing is published"
    if len(answer.values) > 1:
        return "several TXT records stand there, and receivers may take any of them"
    return _misfit(dkim.key, _tags(answer.values[0]))


def _misfit(key: DkimKey, tags: Mapping[str, str]) -> str | None:
    """Why a record is not that of our key (RFC 6376, section 3.6.1)."""
    if tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        return "what stands there is no DKIM key"
    if not tags["p"]:
        return "the key there is revoked (its p= is empty)"
    if tags.get("k", "rsa") != key.type or not key.is_published_as(tags["p"]):
        return "another key is published than the one that signs"
    if "sha256" not in _words(tags.get("h", "sha256")) or not {"*", "email"} & _words(tags.get("s", "*")):
        return "the record forbids the key for mail or for SHA-256 (its s= or h=)"
    return None


def _tags(text: str) -> dict[str, str]:
    """Tags and values of a record (RFC 6376, section 3.2)."""
    parts = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip(): "".join(value.split()) for name, _, value in parts}


def _words(value: str) -> set[str]:
    return set(value.split(":"))
