"""Whether a check of the domain's SPF comes to its end: one record, and at most 10 look-ups (RFC 7208)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from typing import Final

from domain.advisories.advisory import Advisory, Situation, presentable, servers_of
from domain.advisories.following import clear, followed, is_askable, unanswered
from domain.observation import Answer, Question

LIMIT: Final = 10  # look-ups (RFC 7208, section 4.6.4)
MOST_NAMES: Final = 25  # whose records we ask for; as many includes are over the limit anyway
MOST_COUNTED: Final = 99  # look-ups; what leads back to itself has no number
REMEMBERED: Final = 128  # records: the rounds of one look read them again

_RECORD: Final = re.compile(r"[vV]=[sS][pP][fF]1(?: .*)?", re.DOTALL)  # section 4.5
_ALL: Final = re.compile(r"[+?~-]?all")
_CAUSES: Final = re.compile(
    r"[+?~-]?(?:include:(?P<include>.+)|exists:.+|(?:a|mx|ptr)(?:[:/].*)?)", re.DOTALL
)
_REDIRECT: Final = re.compile(r"redirect=(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Terms:
    """What one record asks a receiver to look up: how many terms do, and to whose records they lead."""

    number: int = 0
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The records that a check comes by, as far as they were seen.

    `is_whole` where that is everything that can be followed without a mail.
    """

    records: Mapping[str, Terms]
    wanted: tuple[Question, ...] = ()
    is_whole: bool


def further(domain: str, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
    """Ask for the domain's record, then for those that it includes or redirects to, and so on."""
    return _walk(domain, answers).wanted


def judge(domain: str, answers: Mapping[Question, Answer]) -> Advisory | None:
    """Several records, or more look-ups than allowed. No SPF record at all is no news here."""
    own = clear(Question(domain, "TXT"), answers)
    if own is None:
        return None
    records = _spf_records(own)
    advisory = Advisory(
        situation=Situation.SPF_MULTIPLE, name=domain, seen=presentable(records), servers=servers_of(own)
    )
    return advisory if len(records) > 1 else _excess(advisory, _walk(domain, answers))


@lru_cache(maxsize=REMEMBERED)
def terms_of(record: str) -> Terms:
    """Read one record. After `all` nothing is tested, and a redirect beside it is ignored (section 5.1).

    A target with a macro is known only with a mail: it counts, and is not followed.
    """
    terms = record.lower().split(" ")[1:]
    tested = list(takewhile(lambda term: not _ALL.fullmatch(term), terms))
    causes = [cause for term in tested if (cause := _CAUSES.fullmatch(term))]
    includes = [cause["include"] for cause in causes if cause["include"]]
    redirects = [found[1] for term in terms if (found := _REDIRECT.fullmatch(term))][:1]
    if len(tested) < len(terms):
        redirects = []
    targets = (target.removesuffix(".") for target in (*includes, *redirects))
    return Terms(len(causes) + len(redirects), tuple(target for target in targets if is_askable(target)))


def _excess(advisory: Advisory, walk: Walk) -> Advisory | None:
    """How a check goes past the limit: without end, with a number, or with one that could not be counted out."""
    back = _leading_back(walk.records)
    if back is not None:
        return replace(advisory, situation=Situation.SPF_ENDLESS, part=back)
    number = _lookups(advisory.name, walk.records)
    if number <= LIMIT:
        return None
    if walk.is_whole and number <= MOST_COUNTED:
        return replace(advisory, situation=Situation.SPF_TOO_MANY, number=number)
    return replace(advisory, situation=Situation.SPF_UNCOUNTED)


def _walk(domain: str, answers: Mapping[Question, Answer]) -> Walk:
    """Go from level to level, so that which names are within the bound does not hang on who answers first."""
    records: dict[str, Terms] = {}
    level, is_whole = [domain], True
    while level and _lookups(domain, records) <= MOST_COUNTED:
        wanted = unanswered(*(followed(Question(name, "TXT"), answers) for name in level))
        if wanted:
            return Walk(records=records, wanted=wanted, is_whole=False)
        texts = {name: clear(Question(name, "TXT"), answers) for name in level}
        records |= {name: _terms_at(answer) for name, answer in texts.items()}
        ahead = _ahead(level, records)
        level = ahead[: MOST_NAMES - len(records)]
        is_whole = is_whole and None not in texts.values() and len(level) == len(ahead)
    return Walk(records=records, is_whole=is_whole)


def _ahead(level: Iterable[str], records: Mapping[str, Terms]) -> list[str]:
    """The names that the records of one level lead to, and that were not come by yet."""
    targets = dict.fromkeys(target for name in level for target in records[name].targets)
    return [target for target in targets if target not in records]


def _terms_at(answer: Answer | None) -> Terms:
    """The terms of the one record; where there are several, or none, a check stops (sections 4.5 and 5.2)."""
    records = _spf_records(answer) if answer else ()
    return terms_of(records[0]) if len(records) == 1 else Terms()


def _spf_records(answer: Answer) -> tuple[str, ...]:
    return tuple(value for value in answer.values if _RECORD.fullmatch(value))


def _lookups(domain: str, records: Mapping[str, Terms]) -> int:
    """The terms that a receiver looks up when nothing matches before: a name that is included twice counts twice."""
    number, ahead = 0, [domain]
    while ahead and number <= MOST_COUNTED:
        terms = records.get(ahead.pop(), Terms())
        number += terms.number
        ahead += terms.targets
    return number


def _leading_back(records: Mapping[str, Terms]) -> str | None:
    """A name whose record includes itself, be it by way of others."""
    ahead = {
        name: [target for target in terms.targets if target in records] for name, terms in records.items()
    }
    while ends := [name for name, targets in ahead.items() if not any(target in ahead for target in targets)]:
        for name in ends:
            del ahead[name]
    passed = [*ahead][:1]
    while passed:  # from here, every name leads to another one
        following = next(target for target in ahead[passed[-1]] if target in ahead)
        if following in passed:
            return following
        passed.append(following)
    return None
