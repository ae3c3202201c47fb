"""A login comes in as JSON: what is wrong is named by its field, and never said again."""

from typing import Any

import pytest

from domain.mail_server import Host, Security
from events.codes import EventCode
from events.login_form import LoginForm, read_login

GIVEN: dict[str, Any] = {
    "account": "acme",
    "host": "SMTP.example.com",
    "port": 465,
    "username": "info@example.com",
    "password": "z\u030cluť-CANARY",
}


def read(**changed: Any) -> LoginForm:
    """A form that can be read."""
    form = read_login(GIVEN | changed)
    assert isinstance(form, LoginForm)
    return form


def test_a_login_is_read_once_into_what_it_means() -> None:
    """Its host spelled, its texts composed, its security by the port."""
    form = read()

    assert form.login.server.host == Host(name="smtp.example.com", shown="smtp.example.com")
    assert (form.login.server.port, form.login.server.security) == (465, Security.AUTO)
    assert (form.login.username, form.login.password) == ("info@example.com", "žluť-CANARY")
    assert (form.account, form.locale, form.envelope_sender) == ("acme", "en", None)


def test_the_rest_may_be_said() -> None:
    """The address goes into the envelope in ASCII; unknown fields are passed over."""
    form = read(security="starttls", locale="cs", unknown=1, **{"from": "info@háčky.example"})

    assert form.login.server.security is Security.STARTTLS
    assert (form.locale, form.envelope_sender) == ("cs", "info@xn--hky-ela4t.example")


@pytest.mark.parametrize("field", ["account", "host", "port", "username", "password"])
def test_what_is_missing_is_named(field: str) -> None:
    """With what it must be."""
    found = read_login({name: value for name, value in GIVEN.items() if name != field})

    assert isinstance(found, tuple)
    assert [(one.field, one.code) for one in found] == [(field, EventCode.FIELD_MISSING)]
    assert found[0].message.startswith(f"The field {field} is missing; it must be ")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("host", 7, EventCode.FIELD_TYPE),
        ("host", "127.1", EventCode.FIELD_INVALID),
        ("host", "localhost", EventCode.FIELD_INVALID),
        ("port", "587", EventCode.FIELD_TYPE),
        ("port", True, EventCode.FIELD_TYPE),
        ("port", 0, EventCode.FIELD_INVALID),
        ("port", 65_536, EventCode.FIELD_INVALID),
        ("username", "a\r\nb", EventCode.FIELD_INVALID),
        ("username", "", EventCode.FIELD_INVALID),
        ("password", "a\0CANARY", EventCode.FIELD_INVALID),
        ("password", ["CANARY"], EventCode.FIELD_TYPE),
        ("password", None, EventCode.FIELD_TYPE),
        ("security", "none", EventCode.FIELD_INVALID),
        ("security", 1, EventCode.FIELD_TYPE),
        ("from", "nobody", EventCode.FIELD_INVALID),
        ("from", "a@b.example> SIZE=1", EventCode.FIELD_INVALID),
        ("locale", "c s", EventCode.FIELD_INVALID),
        ("account", "a b", EventCode.FIELD_INVALID),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(field: str, value: object, code: EventCode) -> None:
    """A password in the wrong field would stand in somebody's log."""
    found = read_login(GIVEN | {field: value})

    assert isinstance(found, tuple)
    assert [(one.field, one.code) for one in found] == [(field, code)]
    assert "CANARY" not in repr(found)


def test_a_representation_shows_nothing_of_who_logs_in() -> None:
    """It ends up in logs and in tracebacks."""
    assert "CANARY" not in repr(read())
    assert "info@example.com" not in repr(read())
