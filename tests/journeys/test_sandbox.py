"""What a stranger does first: the sandbox, and beside it every command that the README prints."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.journeys.alone import Alone, alone, state_folder
from tests.servers.waiting import wait_until

ROOT = Path(__file__).parents[2]
PROMISED = {
    "good.signet.test": "domain.verified",
    "late.signet.test": "domain.verified",
    "doubled.signet.test": "domain.diagnosis_changed dns.name_doubled",
    "wrong.signet.test": "domain.diagnosis_changed dns.wrong_target",
    "dead.signet.test": "domain.diagnosis_changed dns.timeout",
    "gmail.com": "domain.refused domain.freemail",
    "own.signet.test": "smtp.verified",
    "typo.signet.test": "smtp.failed smtp.credentials",
    "bare.signet.test": "smtp.failed smtp.no_tls",
    "hidden.signet.test": "smtp.failed smtp.blocked_address",
    "silent.signet.test": "smtp.failed smtp.timeout",
    "Info+": "address.confirmed",
    "info@wrong.signet.test": "address.refused domain.not_verified",
    "sign+": "certificate.accepted",
    "old+": "certificate.refused certificate.expired",
    "other+": "certificate.refused certificate.address_mismatch",
    "bomb+": "certificate.refused certificate.too_expensive",
}

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def leaving() -> Iterator[Alone]:
    """`signet run --sandbox --exit`, begun before everything else, so that nobody waits for it."""
    with state_folder() as state, alone(state, "--sandbox", "--exit") as running:
        yield running


@pytest.fixture(scope="module")
def sandbox(leaving: Alone) -> Iterator[Alone]:
    """`signet run --sandbox` beside it, which stays up."""
    with state_folder() as state, alone(state, "--sandbox") as running:
        yield running


def commands_of_the_readme() -> list[str]:
    """The lines of the section that is about the second terminal."""
    section = (ROOT / "README.md").read_text("utf-8").partition("## Use it")[2]
    block = section.partition("```\n")[2].partition("```")[0]
    return [line.partition("  #")[0].strip() for line in block.splitlines() if line.startswith("signet ")]


def test_the_readme_prints_the_commands_that_are_tried_here() -> None:
    """Or the next test would try nothing."""
    names = {line.split()[1] for line in commands_of_the_readme()}

    assert names == {"list", "show", "events", "mailbox", "publish", "records"}


@pytest.mark.parametrize("line", commands_of_the_readme())
def test_every_command_of_the_readme_works_as_printed(sandbox: Alone, line: str) -> None:
    """In a second terminal that knows the state folder and nothing else."""
    ran = sandbox.shell(line)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.strip()


def test_a_domain_registered_beside_the_samples_gets_records_of_the_sandboxs_zone(sandbox: Alone) -> None:
    """The second terminal judges by the rules of the first: its zone, its window, its lab."""
    sandbox.shell(
        'signet publish domain.registered \'{"account": "a", "plan": "BUSINESS", "domain": "a.test"}\''
    )
    zone = sandbox.shell("signet records a.test --format zone").stdout
    settings = sandbox.shell("signet settings").stdout

    assert len(re.findall(r"\.a\.test\. 3600 IN CNAME sg\d-\w+\.dkim\.signet\.test\.", zone)) == 2
    assert re.search(r"SIGNET_WINDOW\s+75s", settings)


def test_the_pages_are_where_it_says(sandbox: Alone) -> None:
    """The HTTP interface, which knows the key that was printed, and the mailbox."""
    address = re.search(r"HTTP +(http://\S+)/docs", sandbox.output)
    key = re.search(r"API key +(signet_\S+)", sandbox.output)
    assert address
    assert key

    docs = httpx.get(f"{address[1]}/docs")
    domains = httpx.get(f"{address[1]}/v1/domains", headers={"Authorization": f"Bearer {key[1]}"})
    mailbox = httpx.get(f"{address[1]}/mailbox")

    assert (docs.status_code, domains.status_code, mailbox.status_code) == (200, 200, 200)
    assert "good.signet.test" in {item["subject"] for item in domains.json()["items"]}


def test_the_doctor_finds_everything_well_and_fitting_together(sandbox: Alone) -> None:
    """Also while work is under way."""
    ran = sandbox.shell("signet doctor --invariants")

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_sample_goes_as_it_says_and_the_command_leaves_with_0(leaving: Alone) -> None:
    """Within three minutes; the owners of the verified ones have got their mails by SMTP."""
    status = leaving.process.wait(150)
    mails = leaving.shell("signet mailbox list").stdout

    assert status == 0, leaving.output + leaving.errors
    for domain, event in PROMISED.items():
        assert re.search(rf"{re.escape(domain)}\S* +{re.escape(event)}  as expected", leaving.output)
    assert "All 17 samples went as they should." in leaving.output
    assert "good.signet.test is verified" in mails
    assert "late.signet.test: doména je ověřená" in mails
    zone = (leaving.folder / "sandbox-dkim.zone").read_text()
    assert (
        len(re.findall(r"^sg1-\w+\.dkim\.signet\.test\. 5 IN TXT \"v=DKIM1; k=rsa; p=", zone, re.MULTILINE))
        >= 2
    )
    assert re.search(r"Please confirm Info\+\w+@good\.signet\.test", mails)
    assert re.search(r"Info\+\w+@good\.signet\.test is confirmed", mails)


def test_nothing_is_left_running_and_commands_say_what_to_do(leaving: Alone) -> None:
    """The database was stopped with it."""
    ran = leaving.shell("signet list domain")

    assert (ran.returncode, ran.stdout) == (70, "")
    assert "start `signet run`" in ran.stderr


def test_without_exit_it_stays_up_until_it_is_stopped(sandbox: Alone) -> None:
    """And then drains, and leaves with 0."""
    wait_until(lambda: "All 17 samples" in sandbox.output, what="every sample has had its event", within=100)

    assert sandbox.process.poll() is None
    assert sandbox.stop() == 0
    assert "Stopping" in sandbox.errors
