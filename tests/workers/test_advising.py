"""The walk over mail records: what is asked of whom, and that it ends in time."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.advisories.advisory import Code
from domain.diagnosis import Code as Diagnosed
from domain.observation import Asked, Observation, Question, Seen, Sight, Whom
from domain.verdict import Outcome
from tests.domain.advisories.world import DOMAIN, Held, replier
from tests.domain.building import a_verdict
from workers.advising import advisories, is_there

QUIET: Held = {(DOMAIN, "MX"): ("0 .",), (f"_dmarc.{DOMAIN}", "TXT"): ("v=DMARC1; p=none",)}


@dataclass(slots=True)
class Written:
    """A DNS that is written down. Questions of the types in `silent` are waited for until the time is over."""

    held: Held
    silent: tuple[str, ...] = ()
    asked: list[Asked] = field(default_factory=list)
    starts: set[str] = field(default_factory=set)

    def consult(self, asked: Sequence[Asked], start: str = "", within: float | None = None) -> Observation:
        """Answer all but what is silent."""
        self.asked += asked
        self.starts.add(start)
        reply = replier(self.held)
        answered = [one for one in asked if one.question.type not in self.silent]
        if len(answered) < len(asked):
            threading.Event().wait(within)
        return {one: Sight((reply(one.question),)) for one in answered}


def test_the_source_is_asked_until_everything_is_known() -> None:
    """Nothing twice; the zone of the domain is known already, so the search for it begins there."""
    world = Written({**QUIET, (DOMAIN, "TXT"): ("v=spf1 include:spf.example -all",)})

    found = advisories(DOMAIN, world)

    assert [one.code for one in found] == [Code.MX_NULL]
    assert {one.whom for one in world.asked} == {Whom.SOURCE}
    assert len(world.asked) == len(set(world.asked))
    assert Asked(Question("spf.example", "TXT")) in world.asked
    assert world.starts == {DOMAIN}


def test_what_does_not_answer_in_time_gives_no_advice() -> None:
    """The rest of it does: an advisory is never a guess."""
    world = Written(QUIET, silent=("TXT",))

    found = advisories(DOMAIN, world, within=0.05)

    assert [one.code for one in found] == [Code.MX_NULL]


def test_where_there_is_no_domain_there_is_nothing_to_advise_on() -> None:
    """Missing records of a domain that is there are another thing."""
    assert is_there(a_verdict(Outcome.NOT_YET))
    assert is_there(a_verdict(Outcome.PASSED))
    for code in (Diagnosed.DOMAIN_NOT_FOUND, Diagnosed.NOT_DELEGATED):
        assert not is_there(a_verdict(Outcome.NOT_YET, code))


def test_an_unclear_answer_gives_no_advice() -> None:
    """Silence is never absence."""
    world = Written({**QUIET, (DOMAIN, "MX"): Seen.SERVFAIL})

    assert advisories(DOMAIN, world) == ()
