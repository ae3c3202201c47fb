"""Why something could not be seen. It is never the owner's fault, and nothing is said of the record itself."""

from collections.abc import Iterable, Sequence
from typing import Final

from domain.diagnosis import Code, Diagnosis
from domain.judges.case import Case, about, names
from domain.observation import Answer, Question, Seen, voices

# The most telling first: what was refuted, what went wrong, what cannot be read, who was silent; and only where
# nobody might have told (silence may be short), who does not answer for the zone at all.
OF_SERVERS: Final = (
    (Code.BOGUS, {Seen.BOGUS}),
    (Code.SERVFAIL, {Seen.SERVFAIL}),
    (Code.MALFORMED, {Seen.MALFORMED}),
    (Code.TIMEOUT, {Seen.TIMEOUT}),
    (Code.LAME_DELEGATION, {Seen.REFUSED, Seen.LAME, Seen.REFERRAL, Seen.UNREACHABLE}),
)
OF_RESOLVERS: Final = (
    (Code.BOGUS, {Seen.BOGUS}),
    (Code.SERVFAIL, {Seen.SERVFAIL}),
    (Code.REFUSED, {Seen.REFUSED}),
    (Code.TIMEOUT, {Seen.TIMEOUT}),
    # What a resolver never says of a name whose servers cannot be found.
    (Code.MALFORMED, {Seen.MALFORMED, Seen.LAME, Seen.REFERRAL, Seen.UNREACHABLE, Seen.RECORDS, Seen.NODATA}),
)
# Our resolvers are nothing to an owner: they are named only where the sentence is about what they said.
THEIR_WORD: Final = frozenset({Code.BOGUS, Code.REFUSED})

Order = Sequence[tuple[Code, set[Seen]]]


def unseen(case: Case, question: Question) -> Diagnosis:
    """Why a question has no clear answer: by the zone's own servers, or by the resolvers that could not find them."""
    sight = case.sight(question)
    if sight is not None and sight.delegation is None:
        return by_resolvers(case, question, sight.answers)
    return _by_servers(case, question)


def _by_servers(case: Case, question: Question) -> Diagnosis:
    """What those of the zone's own servers said that said nothing clear."""
    code, answers = _most_telling(voices(case.observation, question), OF_SERVERS)
    return about(case.says(code, case.values(case.question), names(answers)), question)


def by_resolvers(case: Case, question: Question, answers: Iterable[Answer]) -> Diagnosis:
    """What the configured resolvers said."""
    code, said = _most_telling(answers, OF_RESOLVERS)
    servers = names(said) if code in THEIR_WORD else ()
    return about(case.says(code, case.values(case.question), servers), question)


def _most_telling(answers: Iterable[Answer], order: Order) -> tuple[Code, tuple[Answer, ...]]:
    """The first code that some of the answers stand for, and those; where there are none, nobody said anything."""
    given = tuple(answers)
    for code, kinds in order:
        said = tuple(answer for answer in given if answer.seen in kinds)
        if said:
            return code, said
    return Code.TIMEOUT, ()
