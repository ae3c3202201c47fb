"""Whose server it is: TLS is verified, for the name that was given, before anything secret is said."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from domain.dialogue import CertificateFault, Dialogue, Ending, Stage
from domain.mail_server import Security
from tests.infra.dns.liar import liar, reply
from tests.infra.smtp.ground import HERE, LONG, OFFER, a_login, answered, begun, greeted, logins
from tests.servers.certificates import START, CertificateAuthority, ServerFiles, certificate_authority
from tests.servers.villain import HOST, Talk, villain


def seen_by_name(context: ssl.SSLContext, name: str, security: Security = Security.STARTTLS) -> Dialogue:
    """A dialogue with a server of that name, which has this side of TLS, up to a login that it refuses."""

    def script(talk: Talk) -> None:
        if security is Security.TLS:
            talk.start_tls(context)
            greeted(talk, OFFER)
        else:
            greeted(talk, "STARTTLS")
            begun(talk, context)
            answered(talk, OFFER)
        talk.hear()
        talk.say("535 5.7.8 no")
        talk.hear_to_the_end()

    with (
        villain(script) as server,
        liar(lambda query: [reply(query, f"{name}. 60 A {HOST}")]) as dns,
    ):
        client = logins({server.port}, LONG, resolver=dns.resolver)
        seen = client.look(a_login(server.port, security, host=name))
        assert (b"AUTH" in server.heard) == (seen.stage is Stage.AUTH)
    return seen


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("name", ["mail.signet.example", HOST])
def test_a_certificate_for_the_name_is_taken(name: str, security: Security, files: ServerFiles) -> None:
    """Or for the address, where that was given (its subjectAltName, RFC 6125)."""
    seen = seen_by_name(files.context(), name, security)

    assert (seen.stage, seen.ending) == (Stage.AUTH, Ending.REPLY)


@pytest.mark.parametrize("name", ["other.signet.example", "signet.example", "mail.signet.example.com"])
def test_a_certificate_for_another_name_is_not_taken(name: str, files: ServerFiles) -> None:
    """However alike."""
    seen = seen_by_name(files.context(), name)

    assert (seen.stage, seen.ending) == (Stage.TLS, Ending.CERTIFICATE)
    assert seen.certificate is CertificateFault.OTHER_NAME


def test_a_certificate_without_the_address_is_not_taken(authority: CertificateAuthority) -> None:
    """The name of the host says nothing for its address."""
    seen = seen_by_name(authority.issue(["mail.signet.example"]).context(), HOST)

    assert seen.certificate is CertificateFault.OTHER_NAME


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START, START + timedelta(days=1)),
        (START + timedelta(days=365 * 39), START + timedelta(days=365 * 40)),
    ],
)
def test_a_certificate_that_is_not_valid_today_is_not_taken(
    authority: CertificateAuthority, start: object, end: object
) -> None:
    """No more, or not yet."""
    files = authority.issue(["mail.signet.example"], start=start, end=end)  # type: ignore[arg-type]

    seen = seen_by_name(files.context(), "mail.signet.example")

    assert (seen.stage, seen.certificate) == (Stage.TLS, CertificateFault.EXPIRED)


def test_a_certificate_of_an_authority_that_nobody_trusts_is_not_taken(tmp_path: Path) -> None:
    """Anybody can make one."""
    files = certificate_authority(tmp_path).issue(["mail.signet.example"])

    seen = seen_by_name(files.context(), "mail.signet.example")

    assert (seen.stage, seen.certificate) == (Stage.TLS, CertificateFault.UNTRUSTED)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_tls_below_1_2_is_not_spoken(files: ServerFiles, authority: CertificateAuthority) -> None:
    """RFC 8996. That the server could is shown by a client that would."""
    old = files.context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    lax = authority.client_context()
    lax.set_ciphers("ALL:@SECLEVEL=0")
    lax.minimum_version = ssl.TLSVersion.TLSv1

    seen = seen_by_name(old, "mail.signet.example")

    assert (seen.stage, seen.ending) == (Stage.TLS, Ending.NO_TLS)
    assert _speak(lax, old) == "TLSv1.1"


def test_a_server_that_answers_the_handshake_in_clear_is_not_spoken_to() -> None:
    """STARTTLS was promised, and is not there."""

    def script(talk: Talk) -> None:
        greeted(talk, "STARTTLS")
        talk.hear()
        talk.say("220 go ahead")
        talk.socket.recv(16)
        talk.say("250 never mind, just go on")
        talk.hear_to_the_end()

    with villain(script) as server:
        seen = logins({server.port}, LONG, guard=HERE).look(a_login(server.port))

    assert (seen.stage, seen.ending) == (Stage.TLS, Ending.NO_TLS)
    assert b"AUTH" not in server.heard


def _speak(client: ssl.SSLContext, server: ssl.SSLContext) -> str | None:
    """The version of TLS that these two agree on."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname="mail.signet.example")
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (one, other, one, other, one):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return one.version()
