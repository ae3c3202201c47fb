"""Whatever strangers' zones hold, a look ends within its bounds, and nothing raises."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from domain.advisories import spf
from domain.advisories.advisory import advice, summary
from domain.advisories.following import LONGEST_CHAIN
from domain.observation import Answer, Question, Seen
from tests.domain.advisories.world import look

HOSTS = ("example.com", "a.example", "b.example", "c.example", "d.example.com")
DMARC_NAMES, MX_QUESTIONS = 8, 3
MOST_ASKED = (spf.MOST_NAMES + DMARC_NAMES + MX_QUESTIONS) * 2 * LONGEST_CHAIN

hosts = st.sampled_from(HOSTS) | st.integers(0, 99).map("n{}.example".format)
spf_terms = st.one_of(
    st.sampled_from(
        ("a", "mx", "ptr", "-all", "ip4:192.0.2.1", "exists:%{i}.example", "include:%{d}.example")
    ),
    st.builds("{}{}".format, st.sampled_from(("include:", "?include:", "redirect=", "a:")), hosts),
)
spf_records = st.lists(spf_terms, max_size=12).map(lambda terms: " ".join(["v=spf1", *terms]))
dmarc_tags = st.one_of(
    st.builds(
        "{}={}".format,
        st.sampled_from(("p", "sp", "psd", "t", "rua", "fo", "v", "x")),
        st.sampled_from(("none", "reject", "y", "n", "mailto:a@example.com", "0:d", "DMARC1", "")),
    ),
    st.text(max_size=5),
)
dmarc_records = st.lists(dmarc_tags, max_size=5).map(lambda tags: ";".join(["v=DMARC1", *tags]))
texts = st.text(max_size=40) | spf_records | dmarc_records
values = {
    "TXT": texts,
    "CNAME": hosts | texts,
    "MX": st.sampled_from(("0 .", "10 mail.example.com", "0")) | texts,
    "A": st.just("192.0.2.9"),
    "AAAA": st.just("2001:db8::9"),
}


def whatever(data: st.DataObject) -> Callable[[Question], Answer]:
    """A server that answers each question with whatever comes, mostly clearly."""

    def reply(question: Question) -> Answer:
        seen = data.draw(st.sampled_from((*[Seen.RECORDS, Seen.NODATA] * 5, *Seen)))
        held = data.draw(st.lists(values[question.type], max_size=3)) if seen is Seen.RECORDS else []
        return Answer(seen, tuple(held), "192.0.2.1")

    return reply


@given(st.data())
def test_whatever_comes_a_look_ends_and_its_advisories_can_be_said(data: st.DataObject) -> None:
    """No question is asked twice, their number is bounded, and each advisory has its sentences."""
    found = look(whatever(data))

    assert len(found.asked) == len(set(found.asked)) <= MOST_ASKED
    assert len({advisory.code for advisory in found.advisories}) == len(found.advisories) <= 3
    for advisory in found.advisories:
        assert summary(advisory).endswith(".")
        assert advice(advisory).endswith(".")


@given(st.lists(texts, min_size=1, max_size=3).map(tuple))
def test_the_same_texts_everywhere_end_a_look_too(everywhere: tuple[str, ...]) -> None:
    """As a wildcard over a whole zone would have it."""
    found = look(lambda question: Answer(Seen.RECORDS, everywhere if question.type == "TXT" else ("0 .",)))

    assert len(found.asked) <= MOST_ASKED


@given(spf_records)
def test_a_record_leads_to_no_more_names_than_it_counts(record: str) -> None:
    """So whoever makes us ask for many names is over the limit."""
    terms = spf.terms_of(record)

    assert len(terms.targets) <= terms.number <= len(record.split(" ")) - 1
