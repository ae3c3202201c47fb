"""What a terminal of 80 columns shows: names are whole, sentences are not cut, times are those of a person."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console, RenderableType

from domain.certificate_sentences import Saying
from domain.identity import OwnLogin
from domain.signing_certificate import SigningCertificate
from domain.verdict import Reason
from infra.db.engine import connect
from infra.db.link import Link
from signet.key_table import key_table
from signet.reasons import why_not_used
from signet.screen import table, until
from tests.conformance.building import RING
from tests.domain.building import START
from tests.domain.certifying import bad, in_use, uploaded
from tests.domain.test_dkim_rotation import rotating
from tests.domain.test_own_server import AWAY, WRONG, a_login
from tests.signet.conftest import Command

HEADS = ("Subject", "Account", "State", "Next look", "Deadline")
NAME = "sign+2026@good.signet.example"
LONG = f"{'a' * 60}.{'b' * 60}.example"
PASSWORD = {"host": "smtp.example.org", "port": 587, "username": "info", "password": "hunter2"}


def narrow(page: RenderableType) -> Sequence[str]:
    """The lines that a terminal of 80 columns shows."""
    console = Console(width=80, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(page)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_a_name_is_whole_in_a_list() -> None:
    """It can be copied; the account gives way."""
    row = (NAME, "an-account-of-a-longer-name", "verified", "in 52 min", "in 47 h")

    lines = narrow(table(HEADS, [row], name_first=True))

    assert any(line.startswith(f"{NAME}  ") for line in lines)
    assert max(map(len, lines)) <= 80


def test_a_name_that_fits_nowhere_is_folded_and_never_cut() -> None:
    """All of it is there."""
    lines = narrow(table(HEADS, [(LONG, "acme", "verified", "now", None)], name_first=True))

    assert "".join(line.split("  ")[0] for line in lines[1:]) == LONG


def test_each_key_is_shown_with_its_selector_whole() -> None:
    """And what happened to it, a line each."""
    pair = rotating(START)
    long = tuple(f"sg{number}-{'x' * 26}.dkim.signet.example" for number in (1, 2))

    text = "\n".join(narrow(key_table(replace(pair, targets=(long[0], long[1])))))

    assert f"sg2-{'x' * 26}  active   made  " in text
    assert f"sg1-{'x' * 26}  rotated  made  " in text
    assert text.count("signs since 2026-") == 2
    assert text.count("until       2026-") == 1


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=119), "in 119 s"),
        (timedelta(minutes=2), "in 2 min"),
        (timedelta(minutes=119), "in 119 min"),
        (timedelta(hours=22), "in 22 h"),
        (timedelta(hours=48), "in 2 days"),
        (timedelta(days=365), "in 365 days"),
    ],
)
def test_how_long_it_is_until_something_is_said_as_a_person_would(left: timedelta, said: str) -> None:
    """Nobody counts a day in minutes."""
    assert until(START + left, START) == said


NEXT_STEP = "Ask your certificate authority for a new one for Info@example.org, and upload that. (certificate.expired)"


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (a_login(), None),
        (
            replace(
                a_login(), reason=Reason(code="smtp.credentials", detail=WRONG.saying, stage=WRONG.stage)
            ),
            "smtp.example.com did not accept the user name or the password. (smtp.credentials)",
        ),
        (
            replace(a_login(), reason=Reason(code="smtp.connect", detail=AWAY.saying, stage=AWAY.stage)),
            "We could not connect to smtp.example.com at port 587. (smtp.connect)",
        ),
        (replace(a_login(), reason=Reason(code="smtp.rate_limited")), "smtp.rate_limited"),
        (in_use(), None),
        (
            replace(uploaded(), reason=bad().reason),
            "The password does not open this file. (certificate.wrong_password)",
        ),
        (
            replace(uploaded(), reason=bad(Saying.EXPIRED).reason),
            NEXT_STEP,
        ),
        (replace(uploaded(), reason=bad(Saying.CHAIN_INCOMPLETE).reason), "certificate.chain_incomplete"),
    ],
)
def test_why_something_is_not_used_is_a_sentence(
    identity: OwnLogin | SigningCertificate, said: str | None
) -> None:
    """With its code. Where it would need what is not kept, the next step; where that does too, the code alone."""
    assert why_not_used(identity) == said


def test_a_domain_on_its_own_server_is_shown_with_its_login(
    signet: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its own account; its name is all that anybody knows. It has no DKIM keys of ours, and never will."""
    monkeypatch.setenv("SIGNET_KEYS", RING.text)
    for account in ("acme", "other"):
        domain = {"account": account, "domain": "example.org"}
        signet("publish", "domain.registered", json.dumps({**domain, "plan": "BUSINESS", "route": "smtp"}))
        signet("publish", "smtp.configured", json.dumps({**domain, **PASSWORD}))

    shown = signet("show", "example.org", "--account", "acme")
    keys = signet("keys", "dkim", "show", "example.org", "--account", "acme")

    titles = [line for line in shown.out.splitlines() if line.startswith("example.org")]
    assert titles == ["example.org  domain  pending", "example.org  login at its mail server  pending"]
    assert "smtp.example.org:587 as info (auto)" in shown.out
    assert "DNS" not in shown.out
    assert keys.out.startswith("example.org (acme) has no DKIM keys of ours: ")
    engine = connect(database_url, role="test")
    with engine.begin() as connection:
        Link(connection).run(
            "UPDATE identities SET deadline = now() - interval '1 minute' WHERE account = 'acme'"
        )
    engine.dispose()
    listed = signet("list", "smtp").out.splitlines()
    assert [line.split()[-1] for line in listed if "acme" in line] == ["passed"]
    assert [line.split()[-3] for line in listed if "other" in line] == ["in"]


def test_what_a_setting_means_is_not_cut(signet: Command) -> None:
    """However long it is."""
    said = signet("settings").out

    assert "…" not in said
    assert "Without, no DKIM keys are made." in said
