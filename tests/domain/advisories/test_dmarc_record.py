"""What is wrong with a DMARC record, spelled out case by case (RFC 9989, sections 4.7 and 4.8)."""

import pytest

from domain.advisories.advisory import Situation
from domain.advisories.dmarc_record import Fault, fault_at, fault_in, meant, policies, policy_of, psd_of
from domain.observation import Answer, Seen


def texts(*values: str) -> Answer:
    """What stands at a name."""
    return Answer(Seen.RECORDS, values)


GOOD = {
    "a policy alone": "v=DMARC1; p=none",
    "without a space": "v=DMARC1;p=reject",
    "a semicolon at the end": "v=DMARC1; p=quarantine;",
    "two semicolons": "v=DMARC1;; p=none;; ",
    "spaces and tabs": "v = DMARC1 \t; \t p\t=  reject ; sp = none",
    "values and names in capitals": "V=DMARC1; P=REJECT; SP=None; T=Y",
    "reports alone": "v=DMARC1; rua=mailto:dmarc@example.com",
    "every tag": "v=DMARC1; p=reject; sp=quarantine; np=none; t=y; psd=n; adkim=s; aspf=r; fo=1; "
    "rua=mailto:a@example.com; ruf=mailto:b@example.com",
    "the policy last": "v=DMARC1; adkim=s; p=none",
    "several addresses": "v=DMARC1; p=none; rua=mailto:a@example.com , mailto:b@example.net,https://c.example/in",
    "an address with an obsolete size": "v=DMARC1; p=none; rua=mailto:a@example.com!10m",
    "an address with a part in percent": "v=DMARC1; p=none; rua=mailto:a%2Cb@example.com?subject=x",
    "several failure options": "v=DMARC1; p=none; fo=d:s",
    "failure options of RFC 7489": "v=DMARC1; p=none; fo=0:1 : d:s",
    "tags that are gone": "v=DMARC1; p=none; pct=50; rf=afrf; ri=many",
    "tags that nobody knows": "v=DMARC1; p=none; x_1=ř; empty=",
}


@pytest.mark.parametrize("record", GOOD.values(), ids=GOOD.keys())
def test_what_can_be_read_has_no_fault(record: str) -> None:
    """Unknown tags are ignored, and what is harmless is passed over."""
    assert policies(texts(record)) == (record,)
    assert fault_at(texts(record)) is None


VALUE, ADDRESS, FORM = Situation.DMARC_VALUE, Situation.DMARC_ADDRESS, Situation.DMARC_FORM
POLICIES = "p=none, p=quarantine, p=reject"
RUA = "rua=mailto:dmarc@example.com"

FAULTY = {
    "a policy that is none": ("p=rejct", Fault(VALUE, "p=rejct", POLICIES)),
    "an empty policy": ("p=", Fault(VALUE, "p=", POLICIES)),
    "a bad policy beside an address": (f"p=monitor; {RUA}", Fault(VALUE, "p=monitor", POLICIES)),
    "a semicolon forgotten": (f"p=none {RUA}", Fault(VALUE, f"p=none {RUA}", POLICIES)),
    "a bad policy of subdomains": (
        "p=none; sp=deny",
        Fault(VALUE, "sp=deny", "sp=none, sp=quarantine, sp=reject"),
    ),
    "a bad policy of names that do not exist": (
        "p=none; np=no",
        Fault(VALUE, "np=no", "np=none, np=quarantine, np=reject"),
    ),
    "neither yes nor no": ("p=none; t=1", Fault(VALUE, "t=1", "t=y, t=n")),
    "an unknown kind of suffix": ("p=none; psd=yes", Fault(VALUE, "psd=yes", "psd=y, psd=n, psd=u")),
    "an unknown alignment of DKIM": (
        "p=none; adkim=strict",
        Fault(VALUE, "adkim=strict", "adkim=r, adkim=s"),
    ),
    "an unknown alignment of SPF": ("p=none; aspf=x", Fault(VALUE, "aspf=x", "aspf=r, aspf=s")),
    "an unknown failure option": ("p=none; fo=1:x", Fault(VALUE, "fo=1:x", "fo=0, fo=1, fo=d, fo=s")),
    "an address without mailto": (
        "p=none; rua=dmarc@example.com",
        Fault(ADDRESS, "rua=dmarc@example.com", RUA),
    ),
    "the second address without mailto": (
        f"p=none; {RUA}, b@example.com",
        Fault(ADDRESS, f"{RUA}, b@example.com", RUA),
    ),
    "mailto without an address": ("p=none; rua=mailto:dmarc", Fault(ADDRESS, "rua=mailto:dmarc", RUA)),
    "addresses with a space between": (
        f"p=none; {RUA} mailto:b@example.com",
        Fault(ADDRESS, f"{RUA} mailto:b@example.com", RUA),
    ),
    "no address": ("p=none; ruf=", Fault(ADDRESS, "ruf=", "ruf=mailto:dmarc@example.com")),
    "a word without a value": ("p=none; test", Fault(FORM, "test")),
    "a value without a name": ("=none; p=none", Fault(FORM, "=none")),
    "a name that is none": ("p=none; a-b=c", Fault(FORM, "a-b=c")),
    "the policy twice": ("p=none; p=reject", Fault(Situation.DMARC_REPEATED, "p=")),
    "the policy twice, in two spellings": ("p=none; P=none", Fault(Situation.DMARC_REPEATED, "p=")),
    "the version twice": ("v=DMARC1; p=none", Fault(Situation.DMARC_REPEATED, "v=")),
    "nothing but the version": ("", Fault(Situation.DMARC_WITHOUT_POLICY, "", "v=DMARC1; p=none")),
    "neither policy nor reports": (
        "sp=none; adkim=s",
        Fault(Situation.DMARC_WITHOUT_POLICY, "", "v=DMARC1; p=none"),
    ),
    "several faults: the first is told": ("t=2; p=deny", Fault(VALUE, "t=2", "t=y, t=n")),
}


@pytest.mark.parametrize(("tags", "fault"), FAULTY.values(), ids=FAULTY.keys())
def test_each_fault_is_told_with_its_part(tags: str, fault: Fault) -> None:
    """And with what to write instead."""
    assert fault_in(f"v=DMARC1; {tags}") == fault


NOT_FIRST = {
    "in small letters": "v=dmarc1; p=none",
    "not first": "p=none; v=DMARC1",
    "another version": "v=DMARC2; p=none",
    "without the semicolon": "v=DMARC1 p=none",
    "with a comma": "v=DMARC1, p=none",
    "a space before it": " v=DMARC1; p=none",
    "in quotes": '"v=DMARC1; p=none"',
    "its value in quotes": 'v="DMARC1"; p=none',
    "only the value": "DMARC1; p=none",
    "without it": "p = reject; rua=mailto:a@example.com",
}


@pytest.mark.parametrize("record", NOT_FIRST.values(), ids=NOT_FIRST.keys())
def test_without_its_version_in_front_a_record_is_overlooked(record: str) -> None:
    """It was meant as one all the same."""
    assert (policies(texts(record)), meant(texts(record))) == ((), (record,))
    assert fault_at(texts(record)) == Fault(Situation.DMARC_VERSION, "", "v=DMARC1;")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=spf1 include:dmarc.example.com -all",
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3",
        "google-site-verification=abc",
        "https://dmarc.example/",
        "top=none",
    ],
)
def test_what_a_wildcard_brings_was_not_meant(text: str) -> None:
    """Whatever else is found at the name is nobody's mistake."""
    assert (policies(texts(text)), meant(texts(text))) == ((), ())


def test_of_several_records_none_counts() -> None:
    """Whatever they say (RFC 9989, section 4.10, step 2)."""
    several = texts("v=DMARC1; p=none", "v=DMARC1; p=none; t=y")

    assert policy_of(several) is None
    assert fault_at(several) == Fault(Situation.DMARC_SEVERAL)


def test_other_texts_at_the_name_are_discarded() -> None:
    """The one that begins with the version counts."""
    assert policy_of(texts("v=dmarc1; p=none", "v=DMARC1; p=none", "other")) == "v=DMARC1; p=none"


@pytest.mark.parametrize(
    ("tags", "psd"),
    [("psd=y", "y"), ("p=none; PSD=N", "n"), ("psd=u", "u"), ("p=none", "u"), ("psd=yes", "u"), ("psd", "u")],
)
def test_a_record_says_whether_it_is_that_of_a_public_suffix(tags: str, psd: str) -> None:
    """Where it does not say, nobody knows."""
    assert psd_of(f"v=DMARC1; {tags}") == psd
