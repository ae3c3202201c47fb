"""`signet check`: a look at real name servers, without a database; what it prints for programs, and how it ends."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from tests.infra.dns.liar import liar, reply
from tests.servers.waiting import PATIENCE
from tests.signet.check_ground import FIRST, SECOND, Ground, check_ground, lines, listed
from tests.signet.conftest import Command

SIGNET = Path(sys.executable).with_name("signet")

TWICE = """[{"type": "CNAME", "name": "a._domainkey.example.org", "value": "b.example"},
            {"type": "CNAME", "name": "A._domainkey.example.org", "value": "c.example"}]"""


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """Name servers of two domains: one with both records, one with one of them and a mistake."""
    with check_ground() as running:
        both, half = lines("good.example", 0, 1), lines("half.example", 0)
        doubled = "sg2-b._domainkey.half.example CNAME sg2-b.dkim.signet.example."
        running.serve("good.example", both, both)
        running.serve("half.example", f"{half}\n{doubled}", f"{half}\n{doubled}")
        yield running


@pytest.fixture
def signet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, with nothing set up but the leave to ask name servers on this machine."""
    monkeypatch.setenv("SIGNET_EGRESS_ALLOW", "127.0.0.0/8")
    return Command(capsys)


def test_records_in_place_pass_with_0(signet: Command, ground: Ground, tmp_path: Path) -> None:
    """Letter case and final dots do not matter."""
    file = listed(tmp_path, "good.example")

    ran = signet("check", "Good.Example.", "--records", file, *ground.arguments)

    assert (ran.status, ran.err) == (0, "")
    assert "good.example  passed" in ran.out


def test_what_is_missing_or_wrong_ends_with_1(signet: Command, ground: Ground, tmp_path: Path) -> None:
    """It was seen clearly, and is not so."""
    file = listed(tmp_path, "half.example")

    ran = signet("check", "half.example", "--records", file, *ground.arguments)

    assert ran.status == 1
    assert "(dns.name_doubled)" in ran.out


def test_what_cannot_be_seen_ends_with_2(signet: Command, tmp_path: Path) -> None:
    """A resolver that answers with an error is nobody's fault here."""
    file = listed(tmp_path, "good.example")

    with liar(lambda query: [reply(query, rcode=2)]) as broken:
        ran = signet("check", "good.example", "--records", file, "--resolver", str(broken.resolver))

    assert ran.status == 2
    assert "(dns.servfail)" in ran.out
    assert "look again" in ran.out


def said(ground: Ground, address: str, *answer: str, rcode: str = "NOERROR") -> Mapping[str, Any]:
    """What one of the servers said, as the contract writes it."""
    server = {FIRST: "ns.wedos.cz", SECOND: "ns.wedos.eu"}.get(address, "")
    return {"server": server, "address": f"{address}:{ground.port}", "answer": list(answer), "rcode": rcode}


def half_there(ground: Ground) -> Mapping[str, Any]:
    """The whole document on `half.example` but its sentences of advice, and its advisories."""
    found = "sg2-b._domainkey.half.example.half.example"
    first, second = (
        {
            "type": "CNAME",
            "name": f"{selector}._domainkey.half.example",
            "expected": f"{selector}.dkim.signet.example",
        }
        for selector in ("sg1-a", "sg2-b")
    )
    in_place = {
        "status": "ok",
        "seen": ["sg1-a.dkim.signet.example"],
        "diagnosis": None,
        "servers": [said(ground, one, "sg1-a.dkim.signet.example") for one in (FIRST, SECOND)],
    }
    doubled = {
        "status": "missing",
        "seen": [found],
        "diagnosis": {
            "code": "dns.name_doubled",
            "summary": f"The record was found, but its name has the domain twice: {found}.",
            "seen": [found],
            "expected": "sg2-b.dkim.signet.example",
            "servers": [],
        },
        "servers": [said(ground, one, rcode="NXDOMAIN") for one in (FIRST, SECOND)],
    }
    records = [first | in_place, second | doubled]
    return {"domain": "half.example", "outcome": "not_yet", "records": records}


def test_json_is_the_document_of_the_contract(signet: Command, ground: Ground, tmp_path: Path) -> None:
    """Every field, and no other; the advice knows the panel of the provider."""
    file = listed(tmp_path, "half.example")

    ran = signet("check", "half.example", "--records", file, *ground.arguments, "--json")

    assert (ran.status, ran.err) == (1, "")
    document = ran.json
    for record in document["records"]:
        record["servers"].sort(key=lambda server: server["address"])
    advice = document["records"][1]["diagnosis"].pop("advice")
    (advisory,) = document.pop("advisories")
    assert document == half_there(ground)
    assert "ends before .half.example" in advice
    assert "Enter only sg2-b._domainkey as the name: WEDOS adds .half.example by itself." in advice
    assert set(advisory) == {"code", "summary", "advice", "seen", "expected", "servers"}
    assert (advisory["code"], advisory["seen"], advisory["expected"]) == ("mx.missing", [], "")


def registered_nowhere(query: dns.message.Message) -> Sequence[bytes]:
    """A registry of `example` where nobody has registered anything, and its own resolver."""
    name, asked = query.question[0].name.to_text(), query.question[0].rdtype.name
    known = {("example.", "NS"): "ns.example.", ("ns.example.", "A"): "127.0.0.1"}
    if (name, asked) in known:
        return [reply(query, f"{name} 60 {asked} {known[name, asked]}", flags=dns.flags.AA)]
    denial = dns.message.make_response(query)
    denial.flags |= dns.flags.AA
    denial.set_rcode(dns.rcode.NOERROR if name in {"example.", "ns.example."} else dns.rcode.NXDOMAIN)
    denial.authority.append(
        dns.rrset.from_text("example.", 60, "IN", "SOA", "ns.example. h.example. 1 60 60 60 60")
    )
    return [denial.to_wire()]


def test_of_a_domain_that_does_not_exist_nothing_is_advised(signet: Command, tmp_path: Path) -> None:
    """Mail records of a name that nobody has registered are no news."""
    file = listed(tmp_path, "nobody.example")

    with liar(registered_nowhere) as registry:
        server, port = str(registry.resolver), str(registry.resolver.port)
        look = ("check", "nobody.example", "--records", file, "--resolver", server, "--authority-port", port)
        ran, told = signet(*look, "--json"), signet(*look)

    assert (ran.status, ran.json["advisories"]) == (1, [])
    assert {record["diagnosis"]["code"] for record in ran.json["records"]} == {"dns.domain_not_found"}
    assert "nobody.example is not registered there" in told.out
    assert "look again in an hour" in told.out
    assert not [asked for asked in registry.heard if asked.startswith("_dmarc") or asked.endswith(" MX")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('"\\ud800"', "is not a list"),
        ("{}", "is not a list"),
        ("[]", "is not a list"),
        ("[1]", "Record 1 needs the texts"),
        ('[{"type": "CNAME", "name": "x"}]', "Record 1 needs the texts"),
        ('[{"type": "TXT", "name": "a._domainkey.example.org", "value": "b.example"}]', "of type TXT"),
        ('[{"type": "CNAME", "name": "a._domainkey.example.net", "value": "b.example"}]', "does not end in"),
        (
            '[{"type": "CNAME", "name": "a b._domainkey.example.org", "value": "b.example"}]',
            "not a host name",
        ),
        ('[{"type": "CNAME", "name": "a._domainkey.example.org", "value": "https://b"}]', "not a host name"),
        ('[{"type": "CNAME", "name": "a._domainkey.example.org", "value": "\\u001b[2J"}]', "not a host name"),
        (TWICE, "more than once"),
        ("[" + " " * 300_000 + "]", "is larger than"),
    ],
)
def test_a_file_that_lists_no_records_ends_with_64(
    signet: Command, tmp_path: Path, content: str, said: str
) -> None:
    """One sentence that says what is wrong with it, and nothing that a terminal would obey."""
    file = tmp_path / "records.json"
    file.write_text(content)

    ran = signet("check", "example.org", "--records", str(file))

    assert (ran.status, ran.out) == (64, "")
    assert said in ran.err
    assert "\x1b" not in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("example.org",),
        ("example.org", "--records", "/nowhere/records.json"),
        ("example.org", "--records", "/"),
        ("example", "--records", "{file}"),
        ("192.0.2.1", "--records", "{file}"),
        ("exa mple.org", "--records", "{file}"),
        ("good.example", "--records", "{file}", "--resolver", "dns.example"),
        ("good.example", "--records", "{file}", "--authority-port", "0"),
    ],
)
def test_wrong_usage_ends_with_64(signet: Command, tmp_path: Path, arguments: Sequence[str]) -> None:
    """Said in words, before anything is asked."""
    file = listed(tmp_path, "good.example")

    ran = signet("check", *(argument.replace("{file}", file) for argument in arguments))

    assert (ran.status, ran.out) == (64, "")
    assert ran.err.strip()
    assert "Traceback" not in ran.err


def test_records_come_from_the_standard_input_too(ground: Ground, tmp_path: Path) -> None:
    """`signet records … --format json | signet check … --records -`, as a process."""
    file = Path(listed(tmp_path, "good.example"))

    ran = subprocess.run(
        [SIGNET, "check", "good.example", "--records", "-", *ground.arguments, "--json"],
        input=file.read_bytes(), capture_output=True, check=False, timeout=60 * PATIENCE, env=environment(),
    )  # fmt: skip

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert json.loads(ran.stdout)["outcome"] == "passed"


def test_watching_shows_what_is_new_and_ends_when_the_records_are_there(
    ground: Ground, tmp_path: Path
) -> None:
    """The first look finds nothing; a later one passes, and says so."""
    ground.serve("late.example", "", "")
    both = lines("late.example", 0, 1)
    command = [SIGNET, "check", "late.example", "--records", listed(tmp_path, "late.example"), "--watch"]

    with subprocess.Popen(
        [*command, *ground.arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as watching:
        assert watching.stdout
        first = [*takewhile(lambda line: not line.startswith("Next: "), watching.stdout)]
        ground.serve("late.example", both, both)
        rest, remarks = watching.communicate(timeout=60 * PATIENCE)

    assert first[0] == "late.example  not yet: none of 2 records is in place\n"
    assert rest.count("\nLook ") == 1
    assert "late.example  passed: every record is in place" in rest
    assert rest.endswith("There is nothing left to do.\n")
    assert (watching.returncode, remarks) == (0, "")


def environment() -> Mapping[str, str]:
    """That of a process that may ask name servers on this machine."""
    return {**os.environ, "SIGNET_EGRESS_ALLOW": "127.0.0.0/8"}
