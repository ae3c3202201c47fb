"""Nothing of a login gets out: not in what a server repeats, not in an exception, not on more than one line."""

import base64
import hashlib
import hmac
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from domain.dialogue import Ending, Stage
from domain.fields import is_email
from domain.mail_server import Login, composed, is_password, is_username
from domain.notice import mailable
from infra.smtp.auth import log_in
from infra.smtp.deadline import Deadline
from infra.smtp.line import Line
from infra.smtp.remote_text import HIDDEN, LONGEST, safe, secrets_of
from tests.infra.smtp.ground import LONG, PASSWORD, SHORT, USER, a_login, logins, look, plain, secured
from tests.servers.certificates import ServerFiles
from tests.servers.villain import Talk, villain

SECRETS = secrets_of(USER, PASSWORD)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("5.7.8 no", "5.7.8 no"),
        (f"no: {PASSWORD}", f"no: {HIDDEN}"),
        (f"no: {USER.upper()}!", f"no: {HIDDEN}!"),
        (f"AUTH PLAIN {plain()}", f"AUTH PLAIN {HIDDEN}"),
        (f"AUTH PLAIN {plain()[:40]}", f"AUTH PLAIN {HIDDEN}"),
        (plain()[6:30], HIDDEN),
        (base64.b64encode(PASSWORD.encode()).decode(), HIDDEN),
        (base64.b64encode(USER.encode()).decode().rstrip("="), HIDDEN),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b1m", "red   1m"),
        ("a\u202eb\u200bc\r\nd\te\0f", "a b c  d e f"),
        ("a\u00a0b\u3000c", "a b c"),
        ("smtpclientauthentication is disabled", "smtpclientauthentication is disabled"),
        ("x" * 1000, "x" * LONGEST),
    ],
)
def test_what_a_server_said_is_written_down_without_the_login(said: str, written: str) -> None:
    """And without anything that a terminal would obey."""
    assert safe(said, SECRETS) == written


@given(st.text(max_size=600), st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_what_is_written_down_is_one_short_printable_line(said: str, username: str, password: str) -> None:
    """Whatever came."""
    written = safe(f"{password}{said}{username}", (username, password))

    assert len(written) <= LONGEST
    assert "".join(written.split(" ")).isprintable()


def test_a_secret_of_spaces_hides_nothing_else() -> None:
    """There is nothing to be found."""
    assert safe("a b", (" ", "")) == "a b"


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"])
def test_a_server_that_repeats_the_login_tells_nobody(mechanism: str, files: ServerFiles) -> None:
    """Everything that it heard, in its refusal: in the log there is nothing of it, nor in what was seen."""

    def then(talk: Talk) -> None:
        heard = []
        for _ in range(3):
            heard.append(talk.hear())
            decoded = [_decoded(word) for line in heard for word in line.split()]
            if mechanism in {"PLAIN", "CRAM-MD5", "SCRAM-SHA-256"} or len(heard) == 3:
                talk.say(f"535 5.7.8 {USER} {PASSWORD} {' '.join(heard)} {' '.join(decoded)}")
            else:
                talk.say("334 VXNlcm5hbWU6")

    with villain(secured(files, then, f"AUTH {mechanism}")) as server, capture_logs() as log:
        seen = look(server.port)

    assert (seen.stage, seen.ending) == (Stage.AUTH, Ending.REPLY)
    assert seen.reply is not None
    told = f"{log!r} {seen!r} {seen.reply.text}"
    assert HIDDEN in told
    for secret in SECRETS:
        assert secret not in told


@pytest.mark.parametrize("misdeed", ["nothing", "reset", "nonsense"])
def test_a_failure_shows_nothing_of_the_login(misdeed: str, files: ServerFiles) -> None:
    """At the moment when all of it is at hand."""

    def then(talk: Talk) -> None:
        talk.hear()
        if misdeed == "reset":
            talk.reset()
        talk.say("nonsense") if misdeed == "nonsense" else talk.hear_to_the_end()

    with villain(secured(files, then)) as server, capture_logs() as log:
        try:
            seen = look(server.port, patience=SHORT if misdeed == "nothing" else LONG)
        except BaseException:  # noqa: BLE001 - the test is about what it would show
            raise AssertionError(traceback.format_exc().replace(PASSWORD, "CANARY")) from None

    assert PASSWORD not in f"{seen!r} {log!r}"


def _decoded(word: str) -> str:
    try:
        return base64.b64decode(word).decode("utf-8", "replace")
    except ValueError:
        return word


def test_a_login_is_never_said_in_clear() -> None:
    """Whatever a caller does."""
    line = Line(None, Deadline(1))  # type: ignore[arg-type]

    with pytest.raises(ValueError, match="by TLS alone"):
        log_in(line, "PLAIN", a_login(587))


@pytest.mark.parametrize("command", [b"EHLO a\r\nMAIL", b"EHLO a\n", b"EHLO \0"])
def test_a_command_is_one_line_whatever_a_caller_does(command: bytes) -> None:
    """The last net: what comes from outside was refused before."""
    with pytest.raises(ValueError, match="one line"):
        Line(None, Deadline(1)).ask(command)  # type: ignore[arg-type]


TEXTS = st.one_of(
    st.text(min_size=1, max_size=40),
    st.text(alphabet="ab\r\n\0 <>=,\x7f\x85\u2028ž", min_size=1, max_size=12),
)
SENDERS = st.one_of(st.builds("{}@example.org".format, TEXTS), st.builds("info@{}".format, TEXTS), TEXTS)


class Recorder:
    """A server that says yes to everything, and what it heard by TLS, line by line."""

    def __init__(self, files: ServerFiles, mechanism: str) -> None:
        self.lines: list[str] = []
        self.script = secured(files, self._take, f"AUTH {mechanism}")

    def _take(self, talk: Talk) -> None:
        while True:
            self.lines.append(talk.hear())
            verb = self.lines[-1].split()[0] if self.lines[-1].split() else ""
            asks = verb == "AUTH" and len(self.lines[-1].split()) == 2
            asks |= len(self.lines) == 2 and self.lines[0] == "AUTH LOGIN"
            talk.say(
                "334 YQ==" if asks else "235 fine" if len(self.lines) < 4 and verb != "MAIL" else "250 fine"
            )
            if verb == "QUIT":
                talk.hear_to_the_end()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_what_is_taken_is_said_in_one_line_each_and_all_else_is_refused(
    mechanism: str, files: ServerFiles
) -> None:
    """No text that came in can end a line, begin a command, or part the fields of another."""
    recorder: list[Recorder] = []

    def script(talk: Talk) -> None:
        recorder[-1].script(talk)

    with villain(script) as server:
        client = logins({server.port})

        @given(TEXTS, TEXTS, SENDERS)
        def tried(username: str, password: str, sender: str) -> None:
            if not (is_username(username) and is_password(password)):
                return
            address = mailable(sender) if is_email(sender) else "info@example.org"
            recorder.append(Recorder(files, mechanism))
            login = a_login(server.port, username=composed(username), password=composed(password))

            seen = client.look(login, address)

            assert seen.ending is Ending.DONE
            lines = recorder[-1].lines
            assert lines[-3:] == [f"MAIL FROM:<{address}>", "RSET", "QUIT"]
            _is_said(mechanism, lines[:-3], login)

        tried()


def _is_said(mechanism: str, lines: list[str], login: Login) -> None:
    """Whether the server reads what was meant, in as many lines as the mechanism has."""
    words = [base64.b64decode(line.split()[-1]) for line in lines[0 if mechanism == "PLAIN" else 1 :]]
    name, password = login.username.encode(), login.password.encode()
    match mechanism:
        case "PLAIN":
            assert [word.split(b"\0") for word in words] == [[b"", name, password]]
        case "LOGIN":
            assert words == [name, password]
        case _:
            digest = hmac.new(password, b"a", hashlib.md5).hexdigest().encode()
            assert words == [name + b" " + digest]
