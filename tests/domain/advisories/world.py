"""A small DNS, written down: what each name holds, and a look that asks until nothing more is wanted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.advisories import further, judge
from domain.advisories.advisory import Advisory
from domain.observation import Answer, Question, Seen

DOMAIN = "example.com"
SERVER = "192.0.2.1"
GOOD_MX = ("10 mail.example.com",)
GOOD_DMARC = ("v=DMARC1; p=reject",)

Held = Mapping[tuple[str, str], tuple[str, ...] | Seen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was asked, in rounds, and what came of it."""

    rounds: tuple[tuple[Question, ...], ...]
    advisories: tuple[Advisory, ...]

    @property
    def asked(self) -> list[Question]:
        """Every question, in the order in which they were asked."""
        return [question for round_ in self.rounds for question in round_]

    @property
    def names(self) -> list[str]:
        """The names that were asked for texts."""
        return [question.name for question in self.asked if question.type == "TXT"]


def replier(held: Held) -> Callable[[Question], Answer]:
    """An authoritative server of this whole DNS: what is not written down does not exist."""
    known = {name for name, _ in held}

    def reply(question: Question) -> Answer:
        there = held.get(question)
        if isinstance(there, Seen):
            return Answer(there, (), SERVER)
        if there is not None:
            return Answer(Seen.RECORDS, there, SERVER, "NOERROR")
        if question.name in known:
            return Answer(Seen.NODATA, (), SERVER, "NOERROR")
        return Answer(Seen.NXDOMAIN, (), SERVER, "NXDOMAIN")

    return reply


def look(reply: Callable[[Question], Answer], domain: str = DOMAIN) -> Look:
    """Ask what is wanted until nothing is, then judge."""
    answers: dict[Question, Answer] = {}
    rounds = []
    while wanted := further(domain, answers):
        assert not set(wanted) & answers.keys()
        rounds.append(wanted)
        answers |= {question: reply(question) for question in wanted}
    return Look(rounds=tuple(rounds), advisories=judge(domain, answers))


def look_at(held: Held, domain: str = DOMAIN) -> Look:
    """A look at what is written down; where nothing else is said, the domain has good MX and DMARC records."""
    good = {(domain, "MX"): GOOD_MX, (f"_dmarc.{domain}", "TXT"): GOOD_DMARC}
    return look(replier({**good, **held}), domain)


def only(found: Look) -> Advisory:
    """The one advisory of a look."""
    (advisory,) = found.advisories
    return advisory
