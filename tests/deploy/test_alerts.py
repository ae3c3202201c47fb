"""What a person is woken for: every alert rings when it should and keeps still beside it, as Prometheus reads it."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.house.source import ROOT
from tests.servers.daemon import MissingProgram

PROMETHEUS: Final = ROOT / "deploy" / "prometheus"
DASHBOARD: Final = ROOT / "deploy" / "grafana" / "dashboards" / "signet.json"
PROMTOOL: Final = ROOT / "var" / "prometheus" / "usr" / "bin" / "promtool"

LOGINS: Final = 'signet_logins_total{outcome="inconclusive", stage="connect", code="smtp.timeout"}'
PASSED: Final = 'signet_logins_total{outcome="passed", stage="mail_from", code=""}'
BLOCKED: Final = 'signet_logins_total{outcome="refused", stage="guard", code="smtp.blocked_address"}'
UNSEEN: Final = 'signet_looks_total{outcome="inconclusive"}'
SEEN: Final = 'signet_looks_total{outcome="passed"}'
AT_RISK: Final = 'signet_turns_total{state="at_risk"}'
PARKED: Final = 'signet_parked_total{work="certificate"}'
FRESH: Final = 'signet_due_oldest_seconds{work="dns.fresh"}'
ROUTINE: Final = 'signet_due_oldest_seconds{work="dns"}'
SMTP: Final = 'signet_due_oldest_seconds{work="smtp"}'
OUTBOX: Final = "signet_outbox_oldest_seconds"
MISSING_KEY: Final = 'signet_vault_keys{state="missing"}'
OLD_KEY: Final = 'signet_vault_keys{state="old"}'
DEAD: Final = 'rabbitmq_detailed_queue_messages{queue="signet.intake.dead", vhost="/"}'
LIVING: Final = 'rabbitmq_detailed_queue_messages{queue="signet.intake", vhost="/"}'
UNPUBLISHED: Final = 'signet_dkim_faults{code="dns.target_unpublished"}'
CHANGED: Final = 'signet_dkim_changes_seen_total{code="dns.key_mismatch"}'
ROLES: Final = ("intake", "dispatcher", "first-looks", "worker", "web")


def up(role: str, job: str = "signet") -> str:
    """Whether one process answered, as Prometheus notes it."""
    return f'up{{job="{job}", role="{role}", instance="10.77.0.9:9464"}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Series in promtool's notation, a value `every` minute or hour, and what is the case `at` that time.

    It rings where it `says` something.
    """

    alert: str
    series: Mapping[str, str]
    at: str
    says: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    every: str = "1m"


RINGING: Final = (
    Case(
        alert="SomebodyIsWaiting",
        series={FRESH: "11x5"},
        at="2m",
        says="Fresh looks wait for 11s; owners watch a page that does not move.",
    ),
    Case(
        alert="LooksAreOverdue",
        series={ROUTINE: "301x9"},
        at="6m",
        says="Work of kind dns is overdue by 5m 1s.",
        labels={"work": "dns"},
    ),
    Case(
        alert="EventsAreNotPublished",
        series={OUTBOX: "121x5"},
        at="3m",
        says="The oldest unpublished event waits for 2m 1s; nothing is lost.",
    ),
    Case(
        alert="OurFault",
        series={"signet_looks_failed_total": "0+12x20"},
        at="11m",
        says="Looks fail by a fault of ours (0.2 a second); after five they are parked.",
    ),
    Case(
        alert="WorkIsParked",
        series={PARKED: "0x5 1x60"},
        at="10m",
        says="1 things of kind certificate were parked within an hour: nothing is lost, and nothing goes on.",
        labels={"work": "certificate"},
    ),
    Case(
        alert="WeCannotSee",
        series={UNSEEN: "0+60x30", SEEN: "0+60x30"},
        at="25m",
        says="50% of the looks are inconclusive: that many name servers are not dead.",
    ),
    Case(
        alert="ManyDomainsAtRisk",
        series={AT_RISK: "0+6x90", SEEN: "0+60x90"},
        at="90m",
        says="10% as many domains come to be at risk as looks pass: so many owners do not take their records away.",
    ),
    Case(
        alert="LoginsWait",
        series={SMTP: "61x5"},
        at="3m",
        says="Logins at owners' mail servers wait for 1m 1s; their owners watch a page that does not move.",
    ),
    Case(
        alert="LoginsDoNotConnect",
        series={LOGINS: "0+7x60", PASSED: "0+3x60"},
        at="50m",
        says="70% of the logins do not even connect: not so many owners mistype at once.",
    ),
    Case(
        alert="SomebodyAimsInside",
        series={BLOCKED: "0+1x60"},
        at="60m",
        says="60 logins within an hour were aimed at addresses or ports that we reach for nobody.",
    ),
    Case(
        alert="LoginsArePutOff",
        series={"signet_logins_put_off_total": "0+2x60"},
        at="60m",
        says="120 logins within an hour were put off by the limits.",
    ),
    Case(
        alert="AKeyIsMissing",
        series={MISSING_KEY: "1x5"},
        at="2m",
        says="1 key-encryption keys are missing in SIGNET_KEYS: passwords locked with them cannot be opened.",
    ),
    Case(
        alert="AnOldKeyIsStillUsed",
        series={OLD_KEY: "1x26"},
        every="1h",
        at="25h",
        says="1 older key-encryption keys still lock something: the change of keys has not come to its end.",
    ),
    Case(
        alert="DeadLetters",
        series={DEAD: "2x5"},
        at="1m",
        says="2 messages in signet.intake.dead.",
        labels={"queue": "signet.intake.dead"},
    ),
    Case(
        alert="NobodyListens",
        series={"signet_outbound_unroutable_total": "0x5 1x60"},
        at="10m",
        says="1 events went to nobody within an hour. The feed keeps them.",
    ),
    Case(
        alert="ARoleIsDown",
        series={up("worker"): "0x5"},
        at="3m",
        says="worker at 10.77.0.9:9464 does not answer.",
        labels={"job": "signet", "role": "worker", "instance": "10.77.0.9:9464"},
    ),
    *(
        Case(
            alert="ARoleIsMissing",
            series={up(other): "1x9" for other in ROLES if other != role},
            at="6m",
            says=f"There is no {role}.",
            labels={"job": "signet", "role": role},
        )
        for role in ROLES
    ),
    Case(
        alert="DkimKeysAreNotPublished",
        series={UNPUBLISHED: "3x19", CHANGED: "0x19"},  # the server goes on refusing names that it never had
        at="16m",
        says="Of 3 domains our DKIM zone is wrong (dns.target_unpublished); what we sign for them may not verify.",
        labels={"code": "dns.target_unpublished"},
    ),
    Case(
        alert="SomebodyChangesOurDkimZone",
        series={CHANGED: "0x5 1x60", UNPUBLISHED: "0x5 1x10 0x50"},
        at="10m",
        says="What was in our DKIM zone is there no more (dns.key_mismatch); Signet puts it right by itself.",
        labels={"code": "dns.key_mismatch"},
    ),
)

STILL: Final = (
    Case(alert="SomebodyIsWaiting", series={FRESH: "10x5", ROUTINE: "99x5"}, at="2m"),
    Case(alert="SomebodyIsWaiting", series={FRESH: "0 60 0 0"}, at="1m"),
    Case(alert="LooksAreOverdue", series={ROUTINE: "300x9", FRESH: "999x9"}, at="6m"),
    Case(alert="EventsAreNotPublished", series={OUTBOX: "120x5"}, at="3m"),
    Case(alert="EventsAreNotPublished", series={OUTBOX: "0 0 150 0"}, at="3m"),
    Case(alert="OurFault", series={"signet_looks_failed_total": "0+5x20"}, at="11m"),
    Case(alert="WorkIsParked", series={PARKED: "3x60", "signet_looks_failed_total": "0+1x60"}, at="60m"),
    Case(alert="WeCannotSee", series={UNSEEN: "0+60x30", SEEN: "0+240x30"}, at="25m"),
    Case(alert="WeCannotSee", series={UNSEEN: "0+12x30", SEEN: "0+12x30"}, at="25m"),  # too few to tell
    Case(alert="ManyDomainsAtRisk", series={AT_RISK: "0+1x90", SEEN: "0+120x90"}, at="90m"),
    Case(alert="ManyDomainsAtRisk", series={AT_RISK: "0+1x90", SEEN: "0+5x90"}, at="90m"),  # too few to tell
    Case(alert="LoginsWait", series={SMTP: "60x5", ROUTINE: "99x5"}, at="3m"),
    Case(alert="LoginsDoNotConnect", series={LOGINS: "0+5x60", PASSED: "0+5x60"}, at="50m"),
    Case(alert="SomebodyAimsInside", series={BLOCKED: "0x30 20x40"}, at="60m"),
    Case(alert="SomebodyAimsInside", series={LOGINS: "0+9x60"}, at="60m"),
    Case(alert="LoginsArePutOff", series={"signet_logins_put_off_total": "0+1x60"}, at="60m"),
    Case(alert="AKeyIsMissing", series={MISSING_KEY: "0x5", OLD_KEY: "1x5"}, at="2m"),
    Case(
        alert="AnOldKeyIsStillUsed",
        series={OLD_KEY: "1x22 0x3", MISSING_KEY: "1x26"},
        every="1h",
        at="25h",
    ),
    Case(alert="DeadLetters", series={DEAD: "0x5", LIVING: "5000x5"}, at="1m"),
    Case(alert="NobodyListens", series={"signet_outbound_unroutable_total": "7x60"}, at="60m"),  # long ago
    Case(alert="ARoleIsDown", series={up("worker"): "1x5", up("", "rabbitmq"): "0x5"}, at="3m"),
    Case(alert="ARoleIsDown", series={up("worker"): "1 0 0 1"}, at="3m"),
    Case(alert="ARoleIsMissing", series={up(role): "1x9" for role in ROLES}, at="6m"),
    Case(
        alert="DkimKeysAreNotPublished", series={UNPUBLISHED: "0x5 1x10 0x9", CHANGED: "0x5 1x19"}, at="20m"
    ),  # put right
    Case(alert="DkimKeysAreNotPublished", series={UNPUBLISHED: "0x5 1x10 0x9"}, at="15m"),
    Case(alert="SomebodyChangesOurDkimZone", series={CHANGED: "5x60"}, at="60m"),  # long ago
    Case(alert="SomebodyChangesOurDkimZone", series={CHANGED: "0x60", UNPUBLISHED: "3x60"}, at="60m"),
)


@cache
def rules() -> dict[str, dict[str, Any]]:
    """Every alert by its name."""
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def promtool(*arguments: str) -> None:
    """Run Prometheus' own tool; what it finds wrong fails the test in its words."""
    if not PROMTOOL.is_file():
        raise MissingProgram(
            "promtool is missing; `make services` (scripts/unpack.sh) puts it into var/prometheus."
        )
    run = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"


def as_test(case: Case) -> dict[str, Any]:
    """One case as promtool takes it. Its sentences must be the rule's, filled."""
    rung = []
    if case.says is not None:
        rule = rules()[case.alert]
        rung.append(
            {
                "exp_labels": {**rule["labels"], **case.labels},
                "exp_annotations": {**rule["annotations"], "summary": case.says},
            }
        )
    return {
        "name": f"{case.alert} at {case.at} with {dict(case.series)}",
        "interval": case.every,
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "alert_rule_test": [{"alertname": case.alert, "eval_time": case.at, "exp_alerts": rung}],
    }


def test_prometheus_reads_its_configuration_and_the_rules_that_it_names() -> None:
    """As it would at its start."""
    promtool("check", "config", str(PROMETHEUS / "prometheus.yml"))
    promtool("check", "rules", str(PROMETHEUS / "alerts.yml"))


@pytest.mark.parametrize("cases", [RINGING, STILL], ids=["ringing", "still"])
def test_every_alert_rings_when_it_should_and_keeps_still_beside_it(
    cases: tuple[Case, ...], tmp_path: Path
) -> None:
    """With the sentence that a person reads, filled."""
    files = []
    for every in sorted({case.every for case in cases}):
        files.append(tmp_path / f"{every}.yml")
        files[-1].write_text(
            json.dumps(
                {
                    "rule_files": [str(PROMETHEUS / "alerts.yml")],
                    "evaluation_interval": every,
                    "tests": [as_test(case) for case in cases if case.every == every],
                }
            )
        )

    promtool("test", "rules", *map(str, files))


def test_no_alert_is_left_out() -> None:
    """Each has a case in which it rings, and one in which it keeps still."""
    assert {case.alert for case in RINGING} == {case.alert for case in STILL} == rules().keys()


def test_prometheus_reads_what_the_dashboard_asks(tmp_path: Path) -> None:
    """Grafana hands it on as it is written, and shows an empty panel where it is wrong."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    file = tmp_path / "panels.yml"
    recorded = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(asked)]
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": recorded}]}))

    assert asked
    promtool("check", "rules", str(file))
