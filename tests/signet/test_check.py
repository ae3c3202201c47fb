"""`signet check`: a look at real name servers, without a database; what it prints, and how it ends."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import dns.message
import pytest

from domain.challenge import dkim_challenge
from tests.infra.dns.liar import liar, reply
from tests.servers.knot import Knot, knot_server
from tests.signet.conftest import Command

SIGNET = Path(sys.executable).with_name("signet")
ZONE = "sg1-a._domainkey CNAME sg1-a.dkim.example.\nsg2-b._domainkey CNAME sg2-b.dkim.example."
HALF = "sg1-a._domainkey CNAME SG1-A.dkim.EXAMPLE.\nsg2-b._domainkey.half.example CNAME sg2-b.dkim.example."

TWICE = """[{"type": "CNAME", "name": "a._domainkey.example.org", "value": "b.example"},
            {"type": "CNAME", "name": "A._domainkey.example.org", "value": "c.example"}]"""


@pytest.fixture(scope="module")
def zones() -> Iterator[Knot]:
    """An authority with a domain that has both records, and another with one of them and a mistake."""
    with knot_server({"good.example": ZONE, "half.example": HALF}) as server:
        yield server


@pytest.fixture
def signet(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, with nothing set up."""
    return Command(capsys)


def listed(folder: Path, domain: str) -> str:
    """A file with the two records of a domain, names as people write them."""
    challenge = dkim_challenge(domain, ("a", "b"), "dkim.example")
    entries = [
        {"type": "cname", "name": f"{record.name.upper()}.", "value": f"{record.value}."}
        for record in challenge.records
    ]
    file = folder / "records.json"
    file.write_text(json.dumps(entries))
    return str(file)


def test_records_in_place_pass_with_0(signet: Command, zones: Knot, tmp_path: Path) -> None:
    """Letter case and final dots do not matter."""
    file = listed(tmp_path, "good.example")

    ran = signet("check", "Good.Example.", "--records", file, "--resolver", f"{zones.address}:{zones.port}")

    assert ran.status == 0
    assert "good.example  passed" in ran.out
    assert "sg1-a._domainkey.good.example" in ran.out


def test_a_mistake_is_named_with_what_to_do_and_ends_with_1(
    signet: Command, zones: Knot, tmp_path: Path
) -> None:
    """A person reads what stands there, what that means, and the next step."""
    file = listed(tmp_path, "half.example")

    ran = signet("check", "half.example", "--records", file, "--resolver", f"{zones.address}:{zones.port}")

    assert ran.status == 1
    assert "sg2-b._domainkey.half.example.half.example" in ran.out
    assert "(dns.name_doubled)" in ran.out
    assert "ends before .half.example" in ran.out


def test_json_has_the_shape_of_the_contract(signet: Command, zones: Knot, tmp_path: Path) -> None:
    """Every field, and no other."""
    server = f"{zones.address}:{zones.port}"
    file = listed(tmp_path, "half.example")

    ran = signet("check", "half.example", "--records", file, "--resolver", server, "--json")

    assert ran.status == 1
    diagnosis = ran.json["records"][1].pop("diagnosis")
    assert ran.json["domain"] == "half.example"
    assert json.loads(ran.out)["records"][1]["diagnosis"] == diagnosis
    assert diagnosis["code"] == "dns.name_doubled"
    assert set(diagnosis) == {"code", "summary", "advice", "seen", "expected", "servers"}
    first, second = json.loads(ran.out)["records"]
    assert first == {
        "type": "CNAME",
        "name": "sg1-a._domainkey.half.example",
        "expected": "sg1-a.dkim.example",
        "status": "ok",
        "seen": ["sg1-a.dkim.example"],
        "diagnosis": None,
        "servers": [{"server": "", "address": server, "answer": ["sg1-a.dkim.example"], "rcode": "NOERROR"}],
    }
    assert (second["status"], second["servers"][0]["rcode"]) == ("missing", "NXDOMAIN")
    assert set(ran.json) == {"domain", "outcome", "records", "advisories"}
    assert (ran.json["outcome"], ran.json["advisories"]) == ("not_yet", [])


def test_what_cannot_be_seen_ends_with_2(signet: Command, tmp_path: Path) -> None:
    """A resolver that answers with an error is nobody's fault here."""
    file = listed(tmp_path, "good.example")

    with liar(lambda query: [reply(query, rcode=2)]) as broken:
        ran = signet("check", "good.example", "--records", file, "--resolver", str(broken.resolver))

    assert ran.status == 2
    assert "(dns.servfail)" in ran.out
    assert "look again" in ran.out


def test_the_target_of_a_stranger_is_shown_as_text(signet: Command, tmp_path: Path) -> None:
    """No markup, no control codes: neither colours nor clears the screen."""
    file = listed(tmp_path, "odd.example")

    def odd(query: dns.message.Message) -> Sequence[bytes]:
        return [reply(query, f"{query.question[0].name} 60 CNAME [bold]x\\027[2J.example.")]

    with liar(odd) as server:
        ran = signet("check", "odd.example", "--records", file, "--resolver", str(server.resolver))

    assert ran.status == 1
    assert "[bold]x" in ran.out.replace("\\", "")
    assert "\x1b" not in ran.out
    assert ran.out.count("(dns.target_malformed)") == 2


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
        ("good.example", "--records", "{file}", "--authority-port", "53"),
    ],
)
def test_wrong_usage_ends_with_64(signet: Command, tmp_path: Path, arguments: Sequence[str]) -> None:
    """Said in words, before anything is asked."""
    file = listed(tmp_path, "good.example")

    ran = signet("check", *(argument.replace("{file}", file) for argument in arguments))

    assert (ran.status, ran.out) == (64, "")
    assert ran.err.strip()
    assert "Traceback" not in ran.err


def test_records_come_from_the_standard_input_too(zones: Knot, tmp_path: Path) -> None:
    """`signet records … --format json | signet check … --records -`, as a process."""
    file = Path(listed(tmp_path, "good.example"))
    resolver = f"{zones.address}:{zones.port}"

    ran = subprocess.run(
        [SIGNET, "check", "good.example", "--records", "-", "--resolver", resolver, "--json"],
        input=file.read_bytes(), capture_output=True, check=False, timeout=60,
    )  # fmt: skip

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert json.loads(ran.stdout)["outcome"] == "passed"


def test_watching_ends_when_the_records_are_there(tmp_path: Path) -> None:
    """The first look finds nothing; a later one passes, and that is what is shown in the end."""
    asked: list[str] = []

    def later(query: dns.message.Message) -> Sequence[bytes]:
        name = query.question[0].name.to_text(omit_final_dot=True)
        asked.append(name)
        if asked.count(name) == 1 or not name.startswith("sg"):
            return [reply(query, rcode=3)]
        return [reply(query, f"{name}. 60 CNAME {name.partition('.')[0]}.dkim.example.")]

    with liar(later) as server:
        ran = subprocess.run(
            [SIGNET, "check", "good.example", "--records", listed(tmp_path, "good.example"),
             "--resolver", str(server.resolver), "--watch"],
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"Every record is in place." in ran.stdout
    assert asked.count("sg1-a._domainkey.good.example") == 2
