"""What is told of logins at the owners' own mail servers."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.dialogue import Stage
from domain.identity import Cause, Identity, OwnLogin, State
from domain.judges.smtp import LoginVerdict
from domain.lifecycle import FIRST, Step
from domain.own_server import put_off, remove, tried
from domain.verdict import Outcome, Reason, Verdict
from events.announce import Telling, announce
from tests.domain.building import START, after
from tests.domain.test_own_server import AWAY, NOW, PASSED, WRONG, a_login

ASKED = (Cause(id="v1", source="urn:portal", request=1), Cause(id="v2", source="urn:portal", request=2))


def told(
    step: Step, judged: LoginVerdict | None, requests: tuple[Cause, ...] = (), ports: tuple[int, ...] = (587,)
) -> list[dict[str, Any]]:
    """The events of a step as their readers see them."""
    reason = step.identity.reason
    if judged is not None and judged.code is not None:
        reason = Reason(code=judged.code, detail=judged.saying, stage=judged.stage, works=judged.works)
    outcome = Outcome.NOT_YET if judged is None else judged.outcome
    telling = Telling(
        source="urn:signet",
        at=START,
        attempt=1,
        verdict=Verdict(outcome, reason=reason),
        requests=requests,
        stage=None if judged is None else judged.stage,
        ports=ports,
    )
    _, stamped = announce(step, telling)
    return [json.loads(one.body) for one in stamped]


def named(events: list[dict[str, Any]]) -> list[str]:
    """Their short names."""
    return [event["type"].removeprefix("org.signet.smtp.").removesuffix(".v1") for event in events]


def test_a_login_that_passes_says_how_far_it_came() -> None:
    """And which domain sends over it."""
    [event] = told(tried(a_login(), FIRST, PASSED, NOW), PASSED)

    assert event["type"] == "org.signet.smtp.verified.v1"
    assert (event["subject"], event["causeid"]) == ("example.org", "e1")
    assert event["data"] == {
        "account": "acme",
        "smtp_id": "s1",
        "domain_id": a_login().domain_id,
        "domain": "example.org",
        "domain_unicode": "example.org",
        "stage": "auth",
        "message": "The login works: smtp.example.com took the user name and the password.",
    }


def test_a_login_that_fails_for_good_is_told_once() -> None:
    """With what to change, and no time to come."""
    [event] = told(tried(a_login(), FIRST, WRONG, NOW), WRONG)

    data = event["data"]
    assert named([event]) == ["failed"]
    assert (data["stage"], data["code"]) == ("auth", "smtp.credentials")
    assert "did not accept the user name or the password. Check both." in data["message"]
    assert not {"retry_at", "suggestion"} & data.keys()


def test_one_that_is_tried_again_says_when_and_what_would_work() -> None:
    """The setting that answered."""
    [event] = told(tried(a_login(), FIRST, AWAY, NOW), AWAY)

    data = event["data"]
    assert data["retry_at"] == "2026-11-23T12:00:30.000Z"
    assert data["suggestion"] == "587 answered with STARTTLS"


def test_the_same_again_is_no_news_unless_it_was_asked_for() -> None:
    """Every request is answered, once each."""
    first = tried(a_login(), FIRST, AWAY, NOW)
    assert isinstance(first.identity, OwnLogin)
    again = tried(first.identity, first.progress, AWAY, after(timedelta(seconds=30)))

    assert told(again, AWAY) == []
    events = told(again, AWAY, ASKED)
    assert named(events) == ["failed", "failed"]
    assert [event["causeid"] for event in events] == ["v1", "v2"]


def test_a_verified_login_answers_what_it_came_to() -> None:
    """It stays verified all the same."""
    verified = a_login(State.VERIFIED)

    assert named(told(tried(verified, FIRST, PASSED, NOW), PASSED, ASKED)) == ["verified", "verified"]
    assert named(told(tried(verified, FIRST, WRONG, NOW), WRONG, ASKED[:1])) == ["failed"]
    assert told(tried(verified, FIRST, PASSED, NOW), PASSED) == []


def test_a_window_that_closes_says_why() -> None:
    """With the last reason."""
    login = replace(a_login(), reason=Reason(code="smtp.connect", detail="no_connection", stage="connect"))
    step = tried(login, FIRST, replace(AWAY, works=None), after(timedelta(minutes=15)))

    [event] = told(step, replace(AWAY, works=None))

    assert named([event]) == ["expired"]
    assert (event["data"]["stage"], event["data"]["code"]) == ("connect", "smtp.connect")


def test_one_that_waits_its_turn_says_until_when() -> None:
    """Too many were tried."""
    [event] = told(put_off(a_login(), FIRST, START + timedelta(hours=1), NOW), None)

    data = event["data"]
    assert (data["code"], data["retry_at"]) == ("smtp.rate_limited", "2026-11-23T13:00:00.000Z")
    assert "13:00 UTC" in data["message"]
    assert "stage" not in data


def test_one_of_which_nothing_is_known_says_so() -> None:
    """Where it was dropped before anything was seen."""
    step = Step(identity=a_login(), due_at=START)

    [event] = told(step, None, ASKED[:1])

    assert event["data"]["message"] == "The login was not tried."


def test_a_removed_login_is_told() -> None:
    """With when."""
    [event] = told(remove(a_login()), None)

    assert named([event]) == ["removed"]
    assert event["data"]["at"] == "2026-11-23T12:00:00.000Z"


@pytest.mark.parametrize("stage", [None, Stage.MAIL_FROM])
def test_a_name_in_u_labels_stands_beside_it(stage: Stage | None) -> None:
    """As for domains; and one that cannot be spelled is shown as it is stored."""
    login: Identity = replace(a_login(), subject="xn--hky-ela4t.cz")
    judged = replace(PASSED, stage=stage or Stage.AUTH)
    assert isinstance(login, OwnLogin)

    [event] = told(tried(login, FIRST, judged, NOW), judged)
    [odd] = told(tried(replace(login, subject="-"), FIRST, judged, NOW), judged)

    assert event["data"]["domain_unicode"] == "háčky.cz"
    assert odd["data"]["domain_unicode"] == "-"
