"""The ways to a relay: its three forms, TLS and login."""

import ssl
import traceback
from pathlib import Path

import pytest

from domain.carriage import Delivered, Temporary
from infra.mail.connection import Away
from tests.infra.mail.relays import LOGIN, MAIL, RECIPIENT, SENDER, USER, Stage, relay, speaking, to
from tests.servers.certificates import CertificateAuthority, certificate_authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    """One authority that the relays' certificate comes from."""
    return certificate_authority(tmp_path_factory.mktemp("authority"))


def served(authority: CertificateAuthority) -> ssl.SSLContext:
    """The relay's side of TLS, with a certificate for `localhost`."""
    return authority.issue(["localhost"]).context()


@pytest.mark.parametrize("form", ["smtps", "smtp", "smtp+plain"])
def test_each_form_of_relay_takes_a_mail_over(form: str, authority: CertificateAuthority) -> None:
    """What an operator may set is what works, and the envelope is ours."""
    stage = Stage()

    with relay(stage, form, None if form == "smtp+plain" else served(authority)) as port:
        result = to(f"{form}://localhost:{port}", authority.bundle).deliver(MAIL, SENDER, RECIPIENT, "key")

    assert result == Delivered()
    assert (stage.mails[0].mail_from, stage.mails[0].rcpt_tos) == (SENDER, [RECIPIENT])
    assert stage.mails[0].original_content == MAIL


@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # aiosmtpd's word on smtps
@pytest.mark.parametrize("form", ["smtps", "smtp"])
@pytest.mark.parametrize("without", [[], ["PLAIN"]])
def test_a_password_of_any_letters_logs_in(
    form: str, without: list[str], authority: CertificateAuthority
) -> None:
    """By PLAIN, and by LOGIN where PLAIN is not offered; smtplib alone would fail on this password."""
    stage = Stage()
    settings = {"authenticator": stage.authenticate, "auth_required": True, "auth_exclude_mechanism": without}
    if form == "smtps":
        settings["auth_require_tls"] = False  # aiosmtpd does not count TLS from the first octet

    with relay(stage, form, served(authority), **settings) as port:
        result = to(f"{form}://{LOGIN}@localhost:{port}", authority.bundle).deliver(
            MAIL, SENDER, RECIPIENT, "key"
        )

    assert result == Delivered()


def test_a_refused_login_is_our_fault_and_says_no_password(authority: CertificateAuthority) -> None:
    """The mail waits for ops; nothing of the login is in the result or in the relay's representation."""
    stage = Stage()

    with relay(
        stage, "smtp", served(authority), authenticator=stage.authenticate, auth_required=True
    ) as port:
        door = to(f"smtp://someone:hunter2secret@localhost:{port}", authority.bundle)
        result = door.deliver(MAIL, SENDER, RECIPIENT, "key")

    assert result == Temporary("auth 535")
    assert "hunter2secret" not in repr(door)
    assert "someone" not in repr(door)


def test_a_relay_that_offers_no_login_gets_no_password(authority: CertificateAuthority) -> None:
    """Where we are to log in, we do not send without."""
    with relay(Stage(), "smtp", served(authority), auth_exclude_mechanism=["PLAIN", "LOGIN"]) as port:
        result = to(f"smtp://{LOGIN}@localhost:{port}", authority.bundle).deliver(
            MAIL, SENDER, RECIPIENT, "key"
        )

    assert result == Temporary("no_auth")


def test_a_relay_that_hides_starttls_gets_nothing() -> None:
    """Somebody on the way may strip the offer (nostarttls); then nothing is sent in the clear."""
    stage = Stage()

    with relay(stage, "smtp") as port:
        result = to(f"smtp://{LOGIN}@127.0.0.1:{port}").deliver(MAIL, SENDER, RECIPIENT, "key")

    assert result == Temporary("no_starttls")
    assert stage.mails == []


@pytest.mark.parametrize("form", ["smtps", "smtp"])
def test_an_unknown_authority_is_refused(form: str, authority: CertificateAuthority, tmp_path: Path) -> None:
    """Anybody can make a certificate; only one of an authority that we trust counts."""
    stage = Stage()

    with relay(stage, form, served(authority)) as port:
        result = to(f"{form}://localhost:{port}", certificate_authority(tmp_path).bundle).deliver(
            MAIL, SENDER, RECIPIENT, "key"
        )

    assert result == Temporary("certificate")
    assert stage.mails == []


@pytest.mark.parametrize("form", ["smtps", "smtp"])
def test_the_certificate_of_another_host_is_refused(form: str, authority: CertificateAuthority) -> None:
    """A good certificate for another name is somebody else's."""
    with relay(Stage(), form, served(authority)) as port:
        result = to(f"{form}://127.0.0.1:{port}", authority.bundle).deliver(MAIL, SENDER, RECIPIENT, "key")

    assert result == Temporary("certificate")


def test_an_old_tls_is_refused(authority: CertificateAuthority) -> None:
    """Nothing older than TLS 1.2 (RFC 8996), whatever OpenSSL was built to allow."""
    old = served(authority)
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1

    with speaking(b"", wrap=old) as port:
        result = to(f"smtps://localhost:{port}", authority.bundle).deliver(MAIL, SENDER, RECIPIENT, "key")

    assert result in {Temporary("tls"), Temporary("disconnected")}


def test_a_check_logs_in_and_sends_nothing(authority: CertificateAuthority) -> None:
    """What `signet doctor` asks."""
    stage = Stage()

    with relay(
        stage, "smtp", served(authority), authenticator=stage.authenticate, auth_required=True
    ) as port:
        good = to(f"smtp://{LOGIN}@localhost:{port}", authority.bundle).check().fault
        bad = to(f"smtp://{USER.replace('@', '%40')}:wrong@localhost:{port}", authority.bundle).check().fault

    assert (good, bad) == (None, "auth 535")
    assert stage.mails == []


def test_a_failure_shows_no_password(authority: CertificateAuthority) -> None:
    """Not in an exception's chain either: smtplib would put it into one."""
    stage, secret = Stage(), "tajné-heslo-ř"

    with relay(
        stage, "smtp", served(authority), authenticator=stage.authenticate, auth_required=True
    ) as port:
        door = to(f"smtp://bot:{secret}@localhost:{port}", authority.bundle)
        with pytest.raises(Away, match="auth 535") as caught:
            door.connect()

    told = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert secret not in told
