"""Nothing stands at the name: the record may be at another name, in another form, or nowhere.

What only a probing look seeks is kept from the one before, while it can still be so.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.diagnosis import Code, Diagnosis
from domain.judges.agreement import parted, parted_before
from domain.judges.case import Case
from domain.observation import Asked, Question, Seen, Sight
from domain.questions import domain_of, misplacements, sibling

NO_DOMAIN: Final = frozenset({Code.DOMAIN_NOT_FOUND, Code.NOT_DELEGATED})
OF_REGISTRY: Final[Mapping[Seen, Code]] = {
    Seen.NXDOMAIN: Code.DOMAIN_NOT_FOUND,
    Seen.NODATA: Code.NOT_DELEGATED,
}
IN_ANOTHER_FORM: Final[Mapping[Code, tuple[str, ...]]] = {
    Code.TXT_INSTEAD_OF_CNAME: ("TXT",),
    Code.KEY_AS_TXT: ("TXT",),
    Code.PROXIED: ("A", "AAAA"),
}


def absent(case: Case) -> Diagnosis:
    """What can be said of a record that is not at its name: the most specific first."""
    return (
        parted(case, case.question)
        or _without_domain(case)
        or (_elsewhere(case) if case.seeks else None)
        or parted_before(case)
        or _kept(case)
        or case.says(Code.RECORD_MISSING, ())
    )


def _without_domain(case: Case) -> Diagnosis | None:
    """Whether the domain itself is not there, by those under whom it would be registered."""
    domain = Question(domain_of(case.record), "SOA")
    if case.clear(domain):
        code = _of_registry(case.observation[Asked(domain)])
    else:
        code = _of_registry(case.observation[Asked(case.question)])
        before = case.before
        if code and before and before.code in NO_DOMAIN:
            return before
    return case.says(code, ()) if code else None


def _of_registry(sight: Sight) -> Code | None:
    """What a denial says of the domain: a registry's of the domain itself, any other zone's only of a name in it.

    Where no servers were found, the registry is the zone that the resolvers' denial comes from: a top-level one.
    """
    if sight.delegation:
        return OF_REGISTRY.get(sight.telling.seen) if sight.delegation.is_registry else None
    denials = (answer.zone for answer in sight.answers if answer.seen is Seen.NXDOMAIN)
    return None if any("." in zone for zone in denials) else Code.DOMAIN_NOT_FOUND


def _elsewhere(case: Case) -> Diagnosis | None:
    """The record in another form, or at another name."""
    return _as_text(case) or _misplaced(case) or _proxied(case)


def _as_text(case: Case) -> Diagnosis | None:
    """The target, or the key behind it, in a TXT."""
    texts = tuple(_beside(case, "TXT"))
    pasted = [text for text in texts if case.record.value in text.lower()]
    if pasted:
        return case.says(Code.TXT_INSTEAD_OF_CNAME, pasted)
    keys = [text for text in texts if _is_key(text)]
    return case.says(Code.KEY_AS_TXT, keys) if keys else None


def _misplaced(case: Case) -> Diagnosis | None:
    """The record at a name where people put it by mistake. Its zone's name may be behind its target as well."""
    for mistake, question in misplacements(case.record):
        targets = case.values(question)
        if any(f"{target}.".startswith(f"{case.record.value}.") for target in targets):
            return case.says(Code(f"dns.{mistake}"), [question.name])
    return None


def _proxied(case: Case) -> Diagnosis | None:
    addresses = [address for type_ in IN_ANOTHER_FORM[Code.PROXIED] for address in _beside(case, type_)]
    return case.says(Code.PROXIED, addresses) if addresses else None


def _beside(case: Case, type_: str) -> Iterator[str]:
    """Records of another type at the name, without those that every name there has: a wildcard's."""
    here = case.values(Question(case.record.name, type_))
    if here:
        everywhere = case.values(Question(sibling(case.record).name, type_))
        yield from (value for value in here if value not in everywhere)


def _is_key(text: str) -> bool:
    """Whether a text is a DKIM key, also with the backslashes of a zone file (RFC 6376, section 3.6.1)."""
    tags = dict(part.partition("=")[::2] for part in text.replace("\\", "").split(";"))
    tags = {name.strip(' \t\r\n"'): value.strip(' \t\r\n"') for name, value in tags.items()}
    return tags.get("v", "DKIM1").upper() == "DKIM1" and ("v" in tags or "p" in tags or "k" in tags)


def _kept(case: Case) -> Diagnosis | None:
    """What the look before said, if this one did not seek it, or sought it in vain where nobody answered."""
    before = case.before
    if before is None or before.code is Code.RECORD_MISSING:
        return None
    return before if _still_holds(case, before) else None


def _still_holds(case: Case, before: Diagnosis) -> bool:
    if before.code in IN_ANOTHER_FORM:
        answer = case.told(case.question)
        exists = answer is not None and answer.seen is Seen.NODATA
        types = IN_ANOTHER_FORM[before.code]
        return exists and not all(case.clear(Question(case.record.name, type_)) for type_ in types)
    places = [place.question for place in misplacements(case.record) if f"dns.{place.mistake}" == before.code]
    return not all(map(case.clear, places))
