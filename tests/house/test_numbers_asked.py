"""What alerts and panels ask of our numbers: that there are such numbers, with such labels, and such words in them."""

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

import pytest
import yaml
from prometheus_client import Counter

from domain.dialogue import Stage
from domain.ports import Work
from domain.smtp_sentences import SmtpCode
from domain.verdict import Outcome
from infra import metrics
from infra.metrics import Live, Waiting
from tests.house.source import ROOT

ALERTS: Final = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD: Final = ROOT / "deploy" / "grafana" / "dashboards" / "signet.json"
ASKED: Final = re.compile(r"\b(signet_\w+)(?:\{([^}]*)\})?")
MATCHER: Final = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
# The words of labels that are asked for by their words.
WORDS: Final[dict[str, type[StrEnum] | tuple[str, ...]]] = {
    "work": Work,
    "outcome": Outcome,
    "stage": Stage,
    "code": SmtpCode,
    "state": ("at_risk", "old", "missing"),
}


def counted() -> dict[str, tuple[str, ...]]:
    """Every number of ours, as Prometheus names it, with its labels."""
    one = {"x": 1}
    waiting = Waiting(due=one, oldest=one, outbox=1, outbox_oldest=1, keys=one, zone_faults=one)
    live = {
        sample.name: tuple(sample.labels)
        for family in Live(waiting=lambda: waiting, dns=lambda: one).collect()
        for sample in family.samples
    }
    counters = [value for value in vars(metrics).values() if isinstance(value, Counter)]
    return live | {f"{counter._name}_total": counter._labelnames for counter in counters}


def expressions() -> Iterator[Any]:
    """Everything that is asked."""
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            yield pytest.param(rule["expr"], id=rule["alert"])
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for number, target in enumerate(panel["targets"]):
            yield pytest.param(target["expr"], id=f"{panel['title']} {number}")


@pytest.mark.parametrize("expression", list(expressions()))
def test_what_is_asked_for_is_counted(expression: str) -> None:
    """An alert on a number that nobody counts, or on a word that stands in no label, never rings."""
    known = counted()

    for name, matchers in ASKED.findall(expression):
        assert name in known
        for label, how, words in MATCHER.findall(matchers):
            assert label in known[name], f"{name} has no {label}"
            matched = [word for word in WORDS[label] if re.fullmatch(words, word)]
            assert matched or not how.startswith("="), f"no {label} is {words}"
        for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
            assert set(re.split(r",\s*", grouped)) <= set(known[name])


def test_every_number_of_ours_is_on_the_dashboard() -> None:
    """What is counted is looked at."""
    shown = DASHBOARD.read_text()

    assert {name for name in counted() if name not in shown} == set()


@pytest.mark.parametrize(
    "series",
    [
        'signet_looks_total{outcome="inconclusive"}',
        'signet_turns_total{state="at_risk"}',
        'signet_tickets_sent_total{work="dns.fresh"}',
        'signet_dkim_keys_total{state="active"}',
        'signet_dkim_changes_seen_total{code="dns.key_mismatch"}',
    ],
)
def test_what_counts_by_a_known_word_is_there_from_the_start(series: str) -> None:
    """A counter that is first seen at one has not grown, for Prometheus, and nobody is told of the first time."""
    assert f"\n{series} " in metrics.text().decode()
