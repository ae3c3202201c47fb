"""One record before the judge: what was expected, what was answered about it, and what was known before.

A judge says a Diagnosis, or nothing where nothing is wrong; the code decides how the record stands.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from domain.challenge import Challenge, ExpectedRecord
from domain.diagnosis import Code, Diagnosis, shown
from domain.observation import CLEAR, Answer, Asked, Observation, Question, Seen, Sight, Whom, voices
from domain.questions import leads
from domain.verdict import STATUS_OF, Finding, ServerAnswer, Status

MOST_SHOWN: Final = 8  # values of one name, servers of one zone
MOST_ALIKE: Final = 10_000  # answers that are put into their form once


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside what this look saw.

    `earlier`: the findings of the look before. `stale_targets`: those of earlier generations of this account.
    `at`: when the look was made. `thorough`: whether a pass needs all that the contract asks for it; where a domain
    is proven already, one server that still has a record is enough.
    """

    earlier: Sequence[Finding] = ()
    stale_targets: Collection[str] = ()
    at: datetime | None = None
    thorough: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One record of a challenge, the question of a routine look at it, and everything that may be known of it."""

    record: ExpectedRecord
    question: Question
    challenge: Challenge
    observation: Observation
    known: Known

    @property
    def before(self) -> Diagnosis | None:
        """What the look before said of the record."""
        found = (one.diagnosis for one in self.known.earlier if one.record.name == self.record.name)
        return next(found, None)

    @property
    def seeks(self) -> bool:
        """Whether this look asked for more than the records themselves; a routine one that finds nothing does not."""
        return len(self.observation) > len(self.challenge.records)

    @property
    def proves(self) -> bool:
        """Whether this look may prove the domain: every record leads to its target, and everybody was asked."""
        return self.known.thorough and all(
            leads(record, self.observation) for record in self.challenge.records
        )

    def sight(self, question: Question, whom: Whom = Whom.SOURCE) -> Sight | None:
        """What came of a question; None where it was not asked."""
        return self.observation.get(Asked(question, whom))

    def told(self, question: Question) -> Answer | None:
        """What a server of the name's own zone said; None where none was found or asked."""
        sight = self.sight(question)
        return sight.telling if sight and sight.delegation else None

    def clear(self, question: Question) -> bool:
        """Whether a server of the name's own zone said something clear."""
        answer = self.told(question)
        return answer is not None and answer.seen in CLEAR

    def values(self, question: Question) -> tuple[str, ...]:
        """The records that a server of the name's own zone gave."""
        answer = self.told(question)
        return answer.values if answer is not None and answer.seen is Seen.RECORDS else ()

    def resolved(self, question: Question) -> tuple[Answer, ...]:
        """What the configured resolvers said."""
        sight = self.sight(question, Whom.RESOLVERS)
        return sight.answers if sight else ()

    def says(self, code: Code, seen: Iterable[str], servers: Sequence[str] = ()) -> Diagnosis:
        """What is wrong with the record."""
        record = self.record
        return Diagnosis(
            code=code, name=record.name, expected=record.value, seen=presentable(seen), servers=tuple(servers)
        )


def finding(case: Case, diagnosis: Diagnosis | None) -> Finding:
    """How the record stands: as its diagnosis says, or in place."""
    sight = case.sight(case.question)
    zone = sight.delegation if sight and sight.delegation and not sight.delegation.is_registry else None
    return Finding(
        record=case.record,
        status=STATUS_OF[diagnosis.code] if diagnosis else Status.OK,
        seen=diagnosis.seen if diagnosis else presentable(case.values(case.question)),
        diagnosis=diagnosis,
        servers=tuple(_side_by_side(case)),
        zone=zone.zone if zone else "",
        name_servers=tuple(dict.fromkeys(shown(server.name) for server in zone.servers)) if zone else (),
    )


def presentable(values: Iterable[str]) -> tuple[str, ...]:
    """A few values, safe to show. Servers turn the order around at will: that is no news."""
    return tuple(shown(value) or "." for value in sorted(values)[:MOST_SHOWN])


def names(answers: Iterable[Answer]) -> tuple[str, ...]:
    """Who said these, each once: name servers by name, resolvers by address."""
    called = dict.fromkeys(shown(answer.server or answer.address) for answer in answers)
    return tuple(name for name in called if name)[:MOST_SHOWN]


def about(diagnosis: Diagnosis, question: Question) -> Diagnosis:
    """The same of another name: a hop of the record's chain."""
    return replace(diagnosis, name=question.name)


def _side_by_side(case: Case) -> Iterator[ServerAnswer]:
    """What everybody said who was asked for the record, the latest of each."""
    sight = case.sight(case.question)
    instead = sight.answers if sight and not sight.delegation else ()
    answers = (*voices(case.observation, case.question), *instead, *case.resolved(case.question))
    for answer in {(answer.server, answer.address): answer for answer in answers}.values():
        if answer.server or answer.address:
            yield _said(answer)


@lru_cache(maxsize=MOST_ALIKE)
def _said(answer: Answer) -> ServerAnswer:
    """An answer as it is shown; a server says the same of all the names that it does not have."""
    return ServerAnswer(
        server=shown(answer.server),
        address=answer.address,
        answer=() if answer.seen is Seen.REFERRAL else presentable(answer.values),
        rcode=answer.rcode,
        seen=answer.seen,
    )
