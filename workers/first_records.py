"""Begins the DKIM keys of a domain when the first of its records is seen: a registration alone costs none.

Law: in the transaction that writes the look, and no more than a row that says so; the key is made later.
"""

from collections.abc import Sequence

from domain.identity import Domain, Route
from domain.lifecycle import News
from domain.ports import Looked
from domain.unit_of_work import UnitOfWork
from domain.verdict import Finding, Status


def begin_keys(looked: Sequence[Looked], work: UnitOfWork) -> None:
    """Begin the keys of each domain whose first record was seen in these looks, or which was verified by them."""
    domains = [
        domain
        for look in looked
        if isinstance(domain := look.step.identity, Domain) and _is_first(look, domain)
    ]
    if domains:
        work.dkim.begin(domains)


def _is_first(look: Looked, domain: Domain) -> bool:
    """Whether a record stands now and none did at the look before. A proof counts too: there may be no key yet."""
    if domain.route is not Route.CLOUD or not domain.challenge.records:
        return False
    if News.VERIFIED in look.step.news:
        return True
    before = look.awaited.last_look
    return _any_stands(look.findings) and not (before is not None and _any_stands(before.findings))


def _any_stands(findings: Sequence[Finding]) -> bool:
    return any(finding.status is Status.OK for finding in findings)
