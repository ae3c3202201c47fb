"""Numbers for Prometheus: counted where things happen, read from the database when somebody asks."""

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from infra import metrics
from infra.metrics import Live, Waiting


@pytest.fixture(autouse=True)
def _own_sources() -> Iterator[None]:
    before = metrics.LIVE.waiting, metrics.LIVE.dns
    yield
    metrics.LIVE.waiting, metrics.LIVE.dns = before


def _read() -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


CODE = "dns.key_mismatch"


def test_what_waits_is_read_anew_each_time_somebody_asks() -> None:
    """A gauge kept in memory would lie when another process does the work."""
    metrics.LIVE.waiting = iter(
        [
            Waiting(
                due={"dns": 3},
                oldest={"dns": 1.5},
                outbox=2,
                outbox_oldest=0.25,
                keys={"old": 1},
                zone_faults={CODE: 1},
            ),
            Waiting(
                due={"dns": 0},
                oldest={"dns": 0.0},
                outbox=0,
                outbox_oldest=0.0,
                keys={"old": 0},
                zone_faults={CODE: 0},
            ),
        ]
    ).__next__

    first, second = _read(), _read()

    assert first[("signet_due", ("dns",))] == 3
    assert first[("signet_due_oldest_seconds", ("dns",))] == 1.5
    assert first[("signet_outbox", ())] == 2
    assert first[("signet_outbox_oldest_seconds", ())] == 0.25
    assert first[("signet_vault_keys", ("old",))] == 1
    assert second[("signet_due", ("dns",))] == 0
    assert second[("signet_outbox", ())] == 0
    assert second[("signet_vault_keys", ("old",))] == 0
    assert (first[("signet_dkim_faults", (CODE,))], second[("signet_dkim_faults", (CODE,))]) == (1, 0)


def test_while_the_database_is_away_its_gauges_are_absent_and_the_rest_is_there() -> None:
    """Zero would say that all is done."""
    metrics.LIVE.waiting = lambda: None

    read = _read()

    assert not [name for name, _ in read if name.startswith(("signet_due", "signet_outbox", "signet_vault"))]
    assert ("signet_outbound_unroutable_total", ()) in read


def test_what_the_dns_engine_counted_is_told_by_kind() -> None:
    """Each worker process tells of its own."""
    metrics.LIVE.dns = lambda: {"sent": 12, "timeout": 1}

    read = _read()

    assert read[("signet_dns_total", ("sent",))] == 12
    assert read[("signet_dns_total", ("timeout",))] == 1


def test_counters_go_up_by_what_happened() -> None:
    """By the names that the alerts and dashboards ask for."""
    before = _read()

    metrics.EVENTS_TAKEN.labels("accepted").inc(3)
    metrics.OUTBOUND_UNROUTABLE.inc()
    metrics.LOOKS.labels("not_yet").inc(2)
    metrics.TICKETS.labels("dns").inc()
    after = _read()

    grown = {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key)}
    assert {key: by for key, by in grown.items() if not key[0].endswith("_created")} == {
        ("signet_events_taken_total", ("accepted",)): 3,
        ("signet_outbound_unroutable_total", ()): 1,
        ("signet_looks_total", ("not_yet",)): 2,
        ("signet_tickets_sent_total", ("dns",)): 1,
    }


def test_before_anything_is_connected_nothing_is_said_to_wait() -> None:
    """A process that has no database yet still answers."""
    assert [family.name for family in Live().collect()] == ["signet_dns"]
