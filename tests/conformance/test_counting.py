"""What is counted for the operator is what is true: committed, and nothing else."""

from datetime import timedelta

from domain.ports import Work
from infra import metrics
from tests.conformance.building import awaited, claim, passed, register, write
from tests.conformance.conftest import Units


def value(name: str, **labels: str) -> float:
    """A number as Prometheus would read it."""
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def test_looks_are_counted_by_their_outcome_when_they_are_written(unit: Units) -> None:
    """A look that came late changes nothing, and counts nothing."""
    register(unit)
    (look,) = [passed(one) for one in awaited(unit, claim(unit))]
    before = value("signet_looks_total", outcome="passed")

    write(unit, [look])
    write(unit, [look])

    assert value("signet_looks_total", outcome="passed") == before + 1


def test_a_change_of_state_is_counted_by_the_state_reached(unit: Units) -> None:
    """Whoever looks after it wants to know when many come to be at risk."""
    register(unit)
    [read] = awaited(unit, claim(unit))
    before = value("signet_turns_total", state="verified")

    write(unit, [passed(read)])

    assert value("signet_turns_total", state="verified") == before + 1


def test_a_thing_is_counted_once_when_it_is_parked(unit: Units) -> None:
    """With the fifth failure and not before, so that somebody is called; a late word under an old token is none."""
    register(unit)
    before, seen = value("signet_parked_total", work="dns.fresh"), []

    for _ in range(5):
        [ticket] = claim(unit)
        for _ in range(2):
            with unit() as work:
                work.schedule.failed(ticket, again_after=timedelta())
                work.commit()
        seen.append(value("signet_parked_total", work="dns.fresh") - before)

    assert seen == [0, 0, 0, 0, 1]


def test_what_is_rolled_back_is_not_counted(unit: Units) -> None:
    """It never happened."""
    register(unit)
    before = value("signet_tickets_sent_total", work="dns.fresh")

    with unit() as work:
        assert work.schedule.claim(Work.DNS_FRESH, limit=10, lease=timedelta(minutes=1))
    rolled_back = value("signet_tickets_sent_total", work="dns.fresh")
    with unit() as work:
        work.schedule.claim(Work.DNS_FRESH, limit=10, lease=timedelta(minutes=1))
        work.commit()

    assert rolled_back == before
    assert value("signet_tickets_sent_total", work="dns.fresh") == before + 1
