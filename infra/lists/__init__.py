"""The dated lists behind domain.names.NameRules: public suffixes, mail providers, special-use names."""

from functools import cache

from domain.names import NameRules
from infra.lists.freemail import FreemailDomains
from infra.lists.reserved import RESERVED
from infra.lists.suffixes import PublicSuffixes


@cache
def name_rules(*, lab: bool = False) -> NameRules:
    """Read the rules for names, once per process. In a lab, special-use names are taken."""
    suffixes = PublicSuffixes()
    return NameRules(suffixes=suffixes, freemail=FreemailDomains(suffixes), reserved=RESERVED, lab=lab)
