"""How a record stands with each code, spelled out as the contract has it."""

from domain.diagnosis import SENTENCES, Code
from domain.verdict import STATUS_OF, Status

CONTRACT = {
    Status.MISSING: "domain_not_found not_delegated record_missing name_doubled label_missing underscore_lost "
    "wrong_zone",
    Status.WRONG: "wrong_target target_typo target_origin_appended target_malformed target_stale selectors_swapped "
    "txt_instead_of_cname key_as_txt proxied multiple_cnames cname_with_other_data wildcard cname_loop "
    "cname_chain_too_long partial",
    Status.UNKNOWN: "lame_delegation servfail refused timeout bogus malformed",
    Status.OK: "stale_cache target_unpublished key_mismatch",
}


def test_every_code_of_the_contract_has_its_status_and_its_sentences() -> None:
    """None is missing, none is added."""
    expected = {f"dns.{code}": status for status, codes in CONTRACT.items() for code in codes.split()}

    assert dict(STATUS_OF) == expected
    assert set(SENTENCES) == set(Code) == set(expected)
