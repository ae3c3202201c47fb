"""The page of `signet check`, from real name servers: what somebody who keeps a shop has to be able to read there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ports import free_port
from tests.signet.check_ground import LOST, SILENT, TWIN, Ground, check_ground, lines, listed
from tests.signet.conftest import Command


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """A resolver, two name servers that may say different things, and a silent one."""
    with check_ground() as running:
        yield running


@pytest.fixture
def signet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, with nothing set up but the leave to ask name servers on this machine."""
    monkeypatch.setenv("SIGNET_EGRESS_ALLOW", "127.0.0.0/8")
    return Command(capsys)


def told(signet: Command, ground: Ground, domain: str, folder: Path) -> str:
    """The page on a domain, with one blank where there are several."""
    ran = signet("check", domain, "--records", listed(folder, domain), *ground.arguments)
    assert ran.err == ""
    return "\n".join(" ".join(line.split()) for line in ran.out.splitlines())


def test_the_delegation_is_drawn_with_who_answers(signet: Command, ground: Ground, tmp_path: Path) -> None:
    """From the registry down to each address, and who runs it all."""
    both = lines("drawn.example", 0, 1)
    ground.serve("drawn.example", both, both)

    page = told(signet, ground, "drawn.example", tmp_path)

    assert "example (the registry)\n" in page
    assert "drawn.example (DNS is run by WEDOS)\n" in page
    assert "ns.wedos.cz 127.0.0.2 answers\n" in page
    assert "ns.wedos.eu 127.0.0.3 answers\n" in page
    assert f"found through the resolver 127.0.0.1:{ground.port}." in page


def test_where_all_agree_one_line_says_so(signet: Command, ground: Ground, tmp_path: Path) -> None:
    """A table of equal rows tells nothing."""
    both = lines("equal.example", 0, 1)
    ground.serve("equal.example", both, both)

    page = told(signet, ground, "equal.example", tmp_path)

    assert page.count(f"Both name servers and the resolver 127.0.0.1:{ground.port} say so.") == 2
    assert "Answer" not in page
    assert page.endswith("Every record is in place. There is nothing left to do.")


def test_servers_that_differ_stand_side_by_side(signet: Command, ground: Ground, tmp_path: Path) -> None:
    """Who has the record, and who has not, address by address and in plain words."""
    ground.serve("differ.example", lines("differ.example", 0, 1), lines("differ.example", 0))

    page = told(signet, ground, "differ.example", tmp_path)

    assert "Record 1 (CNAME): in place" in page
    assert "Record 2 (CNAME): not right" in page
    assert "(dns.partial)" in page
    assert "Name server Address Answer" in page
    assert f"ns.wedos.cz 127.0.0.2:{ground.port} sg2-b.dkim.signet.example\n" in page
    assert f"ns.wedos.eu 127.0.0.3:{ground.port} no such name\n" in page
    assert "look again in a quarter of an hour" in page


def test_who_is_silent_or_cannot_be_reached_is_named(signet: Command, ground: Ground, tmp_path: Path) -> None:
    """Beside those that answer; what they would say is not missing."""
    first = lines("silent.example", 0)
    ground.serve("silent.example", first, first, also=(SILENT, LOST))

    page = told(signet, ground, "silent.example", tmp_path)

    assert "ns.wedos.net 127.0.0.4 does not answer\n" in page
    assert "ns.lost.wedos.cz - has no address that we can reach\n" in page
    assert "2 of 4 name servers say so." in page
    assert "ns.wedos.net: no answer." in page
    assert "2 of 4 name servers: no such name." in page


def test_a_machine_with_two_names_is_shown_by_both(signet: Command, ground: Ground, tmp_path: Path) -> None:
    """It was asked once, and what it said is the word of either: neither is said not to have been asked."""
    ground.serve("twins.example", lines("twins.example", 0, 1), lines("twins.example", 0), also=(TWIN,))

    page = told(signet, ground, "twins.example", tmp_path)

    assert "ns.wedos.cz 127.0.0.2 answers\n" in page
    assert "ns.wedos.com 127.0.0.2 answers\n" in page
    assert f"ns.wedos.cz 127.0.0.2:{ground.port} sg2-b.dkim.signet.example\n" in page
    assert f"ns.wedos.com 127.0.0.2:{ground.port} sg2-b.dkim.signet.example\n" in page
    assert f"ns.wedos.eu 127.0.0.3:{ground.port} no such name\n" in page
    # The resolver is asked as well where the server that was asked first has both records.
    assert len(re.findall(r"All 3 name servers(?: and the resolver [\d.:]+)? say so\.", page)) == 1


def test_a_missing_record_comes_with_what_to_type_where(
    signet: Command, ground: Ground, tmp_path: Path
) -> None:
    """What should be there, what is, the next step, the words of the panel, and that nobody has to wait for caches."""
    ground.serve("empty.example", "", "")

    page = told(signet, ground, "empty.example", tmp_path)

    assert "empty.example not yet: none of 2 records is in place" in page
    assert (
        "Name sg1-a._domainkey.empty.example\nShould be sg1-a.dkim.signet.example\nIs nothing yet\n" in page
    )
    assert "Why There is no record at sg1-a._domainkey.empty.example yet. (dns.record_missing)" in page
    assert "What to do In the DNS settings of empty.example, add a record of type CNAME" in page
    assert "There, the name goes into the field “Název” and the target into the field “Data”." in page
    assert "Enter only sg1-a._domainkey as the name: WEDOS adds .empty.example by itself." in page
    assert "Signet asks the name servers directly, so it sees a record as soon as they have it." in page
    assert "Others may see it up to 1 minute later" in page


def test_a_subdomain_is_shown_in_the_zone_that_it_is_a_part_of(
    signet: Command, ground: Ground, tmp_path: Path
) -> None:
    """The panel adds the name of the zone, so the owner types the rest of the name."""
    ground.serve("whole.example", "shop A 192.0.2.1", "shop A 192.0.2.1")

    page = told(signet, ground, "shop.whole.example", tmp_path)

    assert "whole.example (DNS is run by WEDOS; shop.whole.example is a part of it)\n" in page
    assert "Enter only sg1-a._domainkey.shop as the name: WEDOS adds .whole.example by itself." in page


def test_advice_that_the_panel_does_not_take_is_left_out(
    signet: Command, ground: Ground, tmp_path: Path
) -> None:
    """Where no dot may stand at the end, nobody is told to add one."""
    glued = lines("glued.example", 0, target="sg1-a.dkim.signet.example.glued.example")
    ground.serve("glued.example", glued, glued)

    page = told(signet, ground, "glued.example", tmp_path)

    assert "Is sg1-a.dkim.signet.example.glued.example\n" in page
    assert "(dns.target_origin_appended)" in page
    assert "with no dot at its end" in page
    assert "Add a dot" not in page


def test_an_old_answer_in_a_cache_is_spoken_of_and_does_not_matter(
    signet: Command, ground: Ground, tmp_path: Path
) -> None:
    """It passes; until when others may see the old answer is said."""
    both = lines("fresh.example", 0, 1)
    ground.serve("fresh.example", both, both, cached="")

    page = told(signet, ground, "fresh.example", tmp_path)

    assert "fresh.example passed: every record is in place" in page
    assert "Note The record at sg1-a._domainkey.fresh.example is in place." in page
    assert "(dns.stale_cache)" in page
    assert "may still give the old answer until 2" in page
    assert "There is nothing left to do." in page


def test_advice_on_mail_stands_apart_and_holds_nothing_up(
    signet: Command, ground: Ground, tmp_path: Path
) -> None:
    """Under a heading of its own, with what it costs not to follow it."""
    records = f'{lines("advised.example", 0, 1)}\n@ MX 0 .\n@ TXT "v=spf1 -all"\n@ TXT "v=spf1 mx -all"'
    ground.serve("advised.example", records, records)

    page = told(signet, ground, "advised.example", tmp_path)
    records_part, _, advised = page.partition("Also worth knowing (none of this holds up the verification)")

    assert "passed" in records_part
    assert "mail" not in records_part
    assert "(spf.multiple)" in advised
    assert "(mx.null)" in advised


def test_where_no_servers_are_found_the_resolver_is_named(
    signet: Command, tmp_path: Path, ground: Ground
) -> None:
    """Nothing is said against the owner or the records."""
    page = told(signet, ground, "unknown.nonsense", tmp_path)

    assert "unknown.nonsense could not tell: we could not see the records" in page
    assert "The name servers of unknown.nonsense could not be found.\n" in page
    assert f"The resolver 127.0.0.1:{ground.port} was asked: refuses to answer.\n" in page
    assert "Your records may well be right." in page


def test_where_nobody_answers_it_could_not_be_told(signet: Command, ground: Ground, tmp_path: Path) -> None:
    """Servers that are asked at a port where nobody is are silent, and not without the record."""
    both = lines("away.example", 0, 1)
    ground.serve("away.example", both, both)
    resolver, port = f"127.0.0.1:{ground.port}", str(free_port("127.0.0.2"))
    file = listed(tmp_path, "away.example")

    ran = signet("check", "away.example", "--records", file, "--resolver", resolver, "--authority-port", port)

    assert ran.status == 2
    assert ran.out.count("does not answer") == 2
    assert "Both name servers: no answer." in ran.out
    assert "nothing yet" not in ran.out


def test_the_target_of_a_stranger_is_shown_as_text(signet: Command, ground: Ground, tmp_path: Path) -> None:
    """No markup, no control codes: neither colours nor clears the screen."""
    odd = r"sg1-a._domainkey CNAME \091bold\093x\027\0912J.example."
    ground.serve("odd.example", odd, odd)

    ran = signet("check", "odd.example", "--records", listed(tmp_path, "odd.example"), *ground.arguments)

    assert ran.status == 1
    assert "[bold]x" in ran.out.replace("\\", "")
    assert "\x1b" not in ran.out
    assert "(dns.target_malformed)" in ran.out
