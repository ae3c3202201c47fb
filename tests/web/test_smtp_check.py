"""`POST /v1/smtp/check`: who may ask, what is answered, and that nothing of a login is ever said again."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.infra.smtp.ground import OFFER, PASSWORD, USER, answered, begun, greeted, plain
from tests.servers.certificates import ServerFiles
from tests.servers.villain import HOST, Script, Talk, Villain, villain
from tests.servers.waiting import wait_until
from tests.web.site import Site
from web.pace import Pace

pytestmark = pytest.mark.usefixtures("trusted")
PATH = "/v1/smtp/check"


def of_site(files: ServerFiles, then: Script) -> Script:
    """A server that comes to a login by STARTTLS, and then follows a script."""
    context = files.context()

    def script(talk: Talk) -> None:
        greeted(talk, "STARTTLS", client="signet.test")
        begun(talk, context)
        answered(talk, OFFER, client="signet.test")
        then(talk)

    return script


@pytest.fixture
def server(mail_files: ServerFiles, ports: set[int]) -> Iterator[Villain]:
    """A server that takes the right password; at another it repeats all that it heard."""

    def then(talk: Talk) -> None:
        while True:
            line = talk.hear()
            right = not line.startswith("AUTH") or line == f"AUTH PLAIN {plain()}"
            talk.say(
                f"{235 if 'AUTH' in line else 250} fine" if right else f"535 5.7.8 no: {line} {PASSWORD}x"
            )

    with villain(of_site(mail_files, then)) as running:
        ports.add(running.port)
        yield running


@pytest.fixture
def silent(mail_files: ServerFiles, ports: set[int]) -> Iterator[Villain]:
    """A server that never answers a login."""
    with villain(of_site(mail_files, lambda talk: talk.hear_to_the_end())) as running:
        ports.add(running.port)
        yield running


def body(port: int = 587, **changed: Any) -> dict[str, Any]:
    """A login of acme's."""
    given = {"account": "acme", "host": HOST, "port": port, "username": USER, "password": PASSWORD}
    return given | {"security": "starttls"} | changed


def ask(site: Site, given: object, key: str | None = None, **headers: str) -> httpx.Response:
    """Ask for a check."""
    with site.client(key or site.key("acme")) as client:
        return client.post(
            PATH, content=json.dumps(given), headers={"Content-Type": "application/json"} | headers
        )


def test_a_login_that_works_has_no_code(server: Villain, site: Site) -> None:
    """And says how far it came; fields that are not known are passed over."""
    answer = ask(site, body(server.port, unknown={"a": 1}, **{"from": "info@example.org"}))

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "outcome": "passed",
            "stage": "mail_from",
            "code": None,
            "message": "The login works: 127.0.0.1 took the user name and the password.",
            "advice": "You can save these settings.",
            "suggestion": None,
            "works": None,
        },
    )


def test_a_login_that_is_refused_says_what_to_change_and_nothing_that_was_sent(
    server: Villain, site: Site
) -> None:
    """Though the server repeats it."""
    answer = ask(site, body(server.port, password=f"{PASSWORD}x", locale="cs"))

    told = answer.json()
    assert (answer.status_code, told["outcome"], told["stage"], told["code"]) == (
        200, "refused", "auth", "smtp.credentials",
    )  # fmt: skip
    assert told["message"] == "127.0.0.1 nepřijal uživatelské jméno nebo heslo."
    assert PASSWORD not in answer.text
    assert plain(password=f"{PASSWORD}x") not in answer.text


def test_a_setting_that_works_is_named_for_people_and_for_programs(server: Villain, site: Site) -> None:
    """TLS from the first octet, at a port for STARTTLS."""
    told = ask(site, body(server.port, security="tls")).json()

    assert (told["outcome"], told["stage"], told["code"]) == ("not_yet", "tls", "smtp.tls")
    assert told["suggestion"] == f"{server.port} answered with STARTTLS"
    assert told["works"] == {"port": server.port, "security": "starttls"}
    assert told["advice"].startswith(f"Change the port to {server.port} and the security to STARTTLS")


@pytest.mark.parametrize(
    ("changed", "code"), [({"host": "10.0.0.1"}, "smtp.blocked_address"), ({"port": 22}, "smtp.blocked_port")]
)
def test_what_must_not_be_reached_is_said_and_not_reached(
    changed: dict[str, Any], code: str, site: Site
) -> None:
    """A final no."""
    told = ask(site, body(**changed)).json()

    assert (told["outcome"], told["stage"], told["code"]) == ("refused", "guard", code)


def test_every_field_that_is_wrong_is_named_and_none_is_repeated(site: Site) -> None:
    """As for events."""
    wrong = body(host="127.1", port="CANARY", password="CANARY\0", username=["CANARY"], security="CANARY")
    del wrong["account"]

    answer = ask(site, wrong)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {(one["field"], one["code"]) for one in answer.json()["errors"]} == {
        ("account", "field.missing"),
        ("host", "field.invalid"),
        ("port", "field.type"),
        ("username", "field.type"),
        ("password", "field.invalid"),
        ("security", "field.invalid"),
    }
    assert "CANARY" not in answer.text


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"CANARY", 400, "event.malformed"),
        (b"[]", 400, "event.malformed"),
        (b'{"password": "CANARY", "password": "CANARY"}', 400, "event.malformed"),
        (b'{"password": "CANARY\xff"}', 400, "event.malformed"),
        (b"{" + b" " * 17_000 + b"}", 413, "event.too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_not_repeated(
    content: bytes, status: int, code: str, site: Site
) -> None:
    """It may hold a password all the same."""
    with site.client(site.key("acme")) as client:
        answer = client.post(PATH, content=content, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "CANARY" not in answer.text


def test_another_media_type_is_not_read(site: Site) -> None:
    """Nor a body that is packed."""
    assert ask(site, body(), **{"Content-Type": "text/plain"}).status_code == 415
    assert ask(site, body(), **{"Content-Encoding": "gzip"}).status_code == 415


def test_a_key_checks_for_its_own_accounts_and_needs_the_right(site: Site) -> None:
    """Whoever may publish an account's login may check it."""
    with httpx.Client(base_url=site.url) as nobody:
        assert nobody.post(PATH, json=body()).status_code == 401
    foreign = ask(site, body(), site.key("other"))
    reading = ask(site, body(), site.key("acme", rights=("read",)))

    assert (foreign.status_code, foreign.json()["code"]) == (403, "event.not_allowed")
    assert reading.status_code == 403


def test_above_the_limit_it_is_said_when_to_come_back(site: Site) -> None:
    """The eleventh of an hour."""
    key = site.key("acme")
    answers = [ask(site, body(host="10.0.0.1"), key) for _ in range(11)]

    assert [one.status_code for one in answers] == [200] * 10 + [429]
    problem = answers[-1].json()
    assert problem["code"] == "smtp.rate_limited"
    assert 3500 < int(answers[-1].headers["retry-after"]) <= 3600
    assert problem["retry_at"].endswith("Z")


class TestASlowServer:
    """Holds up nobody but who asked for it."""

    @pytest.fixture
    def pace(self) -> Pace:
        """Two at once."""
        return Pace(logins=2)

    def test_others_are_answered_meanwhile_and_nobody_stands_in_line(
        self, silent: Villain, site: Site
    ) -> None:
        """Two wait, the third is sent away; all other pages answer; at the end those who wait are let go."""
        key = site.key("acme")
        waiting: list[httpx.Response] = []
        threads = [
            threading.Thread(target=lambda: waiting.append(ask(site, body(silent.port), key)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        wait_until(lambda: silent.heard.count(b"AUTH") == 2, what="two log in")

        third = ask(site, body(silent.port), key)
        with site.client(key) as client:
            others = [client.get(path).status_code for path in ("/healthz", "/v1/domains", "/v1/events")]
        site.stop.set()
        for thread in threads:
            thread.join(20)

        assert (third.status_code, third.headers["retry-after"]) == (503, "5")
        assert others == [200, 200, 200]
        assert [one.status_code for one in waiting] == [503, 503]

    def test_a_place_is_free_again_when_its_login_has_ended(self, server: Villain, site: Site) -> None:
        """However often."""
        key = site.key("acme")

        assert [ask(site, body(server.port), key).status_code for _ in range(4)] == [200] * 4
