"""Log lines: one for each thing that happens, readable by programs, and never with a secret in them."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from infra.log import HIDDEN, LONGEST_FIELD, configure

KEY = base64.b64encode(bytes(range(32))).decode()
PEM = (
    f"-----BEGIN PRIVATE KEY-----\n{base64.encodebytes(bytes(range(160))).decode()}-----END PRIVATE KEY-----"
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture(autouse=True)
def _own_configuration() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def _logged(event: str = "attempt.done", **fields: Any) -> dict[str, Any]:
    stream = io.StringIO()
    configure("json", "info", process="worker", to=stream)
    structlog.get_logger().info(event, **fields)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 1
    read: dict[str, Any] = json.loads(lines[0])
    return read


def test_a_line_says_what_happened_when_in_which_process_and_how_bad_it_is() -> None:
    """Fields, not prose."""
    line = _logged(identity_id="d_1")

    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "process": "worker",
        "event": "attempt.done",
        "level": "info",
        "identity_id": "d_1",
    }


def test_what_was_bound_for_a_piece_of_work_is_on_its_lines_only() -> None:
    """The middleware binds an id once; it is gone when the work is done."""
    stream = io.StringIO()
    configure("json", "info", process="worker", to=stream)

    with structlog.contextvars.bound_contextvars(message_id="m_1"):
        structlog.get_logger().info("ticket.taken")
    structlog.get_logger().info("ticket.none")

    inside, outside = map(json.loads, stream.getvalue().splitlines())
    assert inside["message_id"] == "m_1"
    assert "message_id" not in outside


def test_what_is_below_the_level_is_not_written() -> None:
    """Debug lines are for who asks for them."""
    stream = io.StringIO()
    configure("json", "warning", process="worker", to=stream)

    structlog.get_logger().info("attempt.done")
    structlog.get_logger().warning("attempt.slow")

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["attempt.slow"]


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "smtp_password",
        "Secret",
        "token",
        "lease_token",
        "Authorization",
        "pkcs12",
        "api_key",
        "apikey",
        "passphrase",
        "credentials",
        "pkcs_12",
        "upload_p12",
        "pfx",
        "private_key",
        "privatekey",
        "data_key",
        "kek",
        "keys",
        "SIGNET_KEYS",
        "key_material",
        "keyring",
        "sealed",
        "ciphertext",
        "plaintext",
    ],
)
def test_a_field_named_like_a_secret_is_hidden(name: str) -> None:
    """Whatever it holds."""
    assert _logged(**{name: "hunter2"})[name] == HIDDEN
    assert _logged(**{name: {"deep": "hunter2"}})[name] == HIDDEN


@pytest.mark.parametrize(
    "name", ["key_id", "monkey", "keyboard", "key", "passed", "step12", "generation", "identity", "publisher"]
)
def test_a_field_that_only_sounds_like_one_is_shown(name: str) -> None:
    """A log that hides everything tells nothing."""
    assert _logged(**{name: "0123456789abcdef"})[name] == "0123456789abcdef"


def test_a_secret_deep_inside_a_field_is_hidden() -> None:
    """Mappings and lists are searched, at any depth."""
    line = _logged(data={"host": "mail", "logins": [{"user": "me", "password": "hunter2"}]})

    assert line["data"] == {"host": "mail", "logins": [{"user": "me", "password": HIDDEN}]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot reach amqps://me:hunter2@mq:5671/", "cannot reach amqps://me:***@mq:5671/"),
        ("cannot reach smtps://me:p@ss:w0rd@mail", "cannot reach smtps://me:***@mail"),
        ("postgresql:///x?password=hunter2&host=db", "postgresql:///x?password=***&host=db"),
        ("Authorization: Bearer c2lnbmV0LWtleQ==", "Authorization: Bearer ***"),
        ("the key signet_AAAAAAAAAAAAAAAAAAAAAAAA was used", "the key *** was used"),
        (
            '{"host": "mail", "password": "hunter2, and more", "port": 5}',
            '{"host": "mail", "password": ***, "port": 5}',
        ),
        ("{'user': 'me', 'pkcs12': 'MIIKcAIBAzCCC', 'at': 1}", "{'user': 'me', 'pkcs12': ***, 'at': 1}"),
        ("Login(user='me', password=b'hunter2')", "Login(user='me', password=***"),
        ("Upload(pkcs12=b'0\\x82 and', size=9)", "Upload(pkcs12=b***, size=9)"),
        ("passphrase: hunter2; tried once", "passphrase: ***; tried once"),
        ('{"password": "cut off in the midd', '{"password": ***'),
        (f"SIGNET_KEYS={KEY}", "SIGNET_KEYS=***"),
        (f"number 2 is {KEY}, it is said", "number 2 is ***, it is said"),
        (f"before\n{PEM}\nafter", "before\\u000a***\\u000aafter"),
        (PEM[:150], "***"),
        (PEM.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "***"),
        (PEM.replace("PRIVATE KEY", "RSA PRIVATE KEY").replace("\n", "\\n"), "***"),
    ],
)
def test_what_has_the_form_of_a_secret_is_hidden_in_any_field(text: str, shown: str) -> None:
    """Errors of libraries like to repeat a URL or a header."""
    assert _logged(reason=text)["reason"] == shown


def test_an_exception_given_as_a_field_is_its_text_without_secrets() -> None:
    """What cannot be written as JSON is written as text, through the same net."""
    assert _logged(reason=OSError("amqp://me:hunter2@mq refused"))["reason"] == "amqp://me:***@mq refused"


@pytest.mark.parametrize("sign", ["\n", "\r", "\x1b", "\x00", "\x7f", "\x9b", "\u202e", "\u2028", "\u2066"])
def test_no_field_can_start_a_line_move_the_cursor_or_turn_the_text(sign: str) -> None:
    """A name from outside cannot forge another line, nor hide one (CWE-117)."""
    stream = io.StringIO()
    configure("console", "info", process="worker", to=stream)

    structlog.get_logger().info("event.refused", name=f"a{sign}b")

    assert len(stream.getvalue().split("\n")) == 2
    assert f"a{sign}b" not in stream.getvalue()
    assert f"\\u{ord(sign):04x}" in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN CERTIFICATE----- MIIB",
        "a" * 64,
        f"p={base64.b64encode(bytes(270)).decode()}",
        "sg1-abc._domainkey",
    ],
)
def test_what_is_public_is_shown(text: str) -> None:
    """A certificate, a digest in hexadecimal, a DKIM key, a name."""
    assert _logged(reason=text)["reason"] == text


def test_a_long_field_is_cut() -> None:
    """A label of 64 kB does not fill the disk."""
    assert len(_logged(name="a" * 64_000)["name"]) == LONGEST_FIELD


@pytest.mark.parametrize(
    "part",
    [
        "a",
        "a://b:",
        "passw",
        "signet_",
        "a://b:c@",
        "secret",
        "token=",
        'secret="',
        "-----BEGIN PRIVATE KEY-----",
        "A" * 43,
    ],
)
@pytest.mark.timeout(10)
def test_no_text_makes_hiding_slow(part: str) -> None:
    """A megabyte of what nearly is a secret costs no more than a thousand letters of it."""
    assert len(_logged(name=part * 200_000)["name"]) <= LONGEST_FIELD


def test_a_terminal_gets_lines_for_people_and_a_pipe_gets_json() -> None:
    """Unless somebody says otherwise."""
    pipe, terminal = io.StringIO(), Terminal()

    configure("auto", "info", process="run", to=pipe)
    structlog.get_logger().info("attempt.done")
    configure("auto", "info", process="run", to=terminal)
    structlog.get_logger().info("attempt.done")

    assert json.loads(pipe.getvalue())["event"] == "attempt.done"
    assert not terminal.getvalue().startswith("{")
    assert "attempt.done" in terminal.getvalue()
