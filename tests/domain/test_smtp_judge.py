"""What each dialogue means for a login: outcome, code, and words for its owner."""

import re
from string import Formatter

import pytest

from domain.dialogue import CertificateFault, Dialogue, Ending, Reply, Stage
from domain.judges.smtp import LoginVerdict, judge
from domain.login_words import Asked, LoginWords, put_into_words
from domain.mail_server import MailServer, Security, Way, parse_host
from domain.smtp_sentences import CODE_OF, SENTENCES, Saying
from domain.verdict import Outcome

PASSED, NOT_YET, REFUSED, INCONCLUSIVE = Outcome
HOST = parse_host("smtp.example.com")
assert HOST is not None
ASKED = Asked(server=MailServer(host=HOST, port=587), sender="info@example.com", ports=(465, 587, 2525))

ENDINGS = [
    (Stage.AUTH, Ending.DONE, PASSED, None),
    (Stage.MAIL_FROM, Ending.DONE, PASSED, None),
    (Stage.RESOLVE, Ending.NO_NAME, NOT_YET, "smtp.dns"),
    (Stage.RESOLVE, Ending.NO_ADDRESS, NOT_YET, "smtp.dns"),
    (Stage.RESOLVE, Ending.UNSEEN, INCONCLUSIVE, "smtp.dns"),
    (Stage.GUARD, Ending.BLOCKED_ADDRESS, REFUSED, "smtp.blocked_address"),
    (Stage.GUARD, Ending.BLOCKED_PORT, REFUSED, "smtp.blocked_port"),
    (Stage.CONNECT, Ending.UNREACHABLE, NOT_YET, "smtp.connect"),
    (Stage.CONNECT, Ending.TIMEOUT, NOT_YET, "smtp.connect"),
    (Stage.CONNECT, Ending.BROKEN_OFF, NOT_YET, "smtp.connect"),
    (Stage.EHLO, Ending.TIMEOUT, NOT_YET, "smtp.timeout"),
    (Stage.TLS, Ending.TIMEOUT, NOT_YET, "smtp.timeout"),
    (Stage.AUTH, Ending.TIMEOUT, NOT_YET, "smtp.timeout"),
    (Stage.MAIL_FROM, Ending.TIMEOUT, NOT_YET, "smtp.timeout"),
    (Stage.EHLO, Ending.BROKEN_OFF, NOT_YET, "smtp.connect"),
    (Stage.AUTH, Ending.BROKEN_OFF, NOT_YET, "smtp.connect"),
    (Stage.TLS, Ending.BROKEN_OFF, NOT_YET, "smtp.tls"),
    (Stage.TLS, Ending.NO_TLS, NOT_YET, "smtp.tls"),
    (Stage.TLS, Ending.NO_STARTTLS, REFUSED, "smtp.no_tls"),
    (Stage.AUTH, Ending.NO_AUTH, REFUSED, "smtp.no_auth"),
    (Stage.AUTH, Ending.NO_MECHANISM, REFUSED, "smtp.no_auth"),
    (Stage.AUTH, Ending.ONLY_TOKENS, REFUSED, "smtp.oauth_required"),
    (Stage.EHLO, Ending.NOT_SMTP, NOT_YET, "smtp.protocol"),
    (Stage.AUTH, Ending.NOT_SMTP, NOT_YET, "smtp.protocol"),
]
REPLIES = [
    (Stage.EHLO, 421, "4.3.2 come back", NOT_YET, "smtp.temporary"),
    (Stage.EHLO, 554, "5.7.1 you are on a list", NOT_YET, "smtp.protocol"),
    (Stage.EHLO, 502, "what?", NOT_YET, "smtp.protocol"),
    (Stage.TLS, 454, "4.7.0 TLS not available", NOT_YET, "smtp.temporary"),
    (Stage.TLS, 502, "5.5.1 no", REFUSED, "smtp.no_tls"),
    (Stage.AUTH, 454, "4.7.0 Temporary authentication failure", NOT_YET, "smtp.temporary"),
    (Stage.AUTH, 421, "4.7.0 Too many errors", NOT_YET, "smtp.temporary"),
    (Stage.AUTH, 535, "5.7.8 Error: authentication failed", REFUSED, "smtp.credentials"),
    (Stage.AUTH, 535, "Incorrect authentication data", REFUSED, "smtp.credentials"),
    (Stage.AUTH, 550, "5.7.8 no such user", REFUSED, "smtp.credentials"),
    (Stage.AUTH, 554, "Access denied", NOT_YET, "smtp.protocol"),
    (Stage.MAIL_FROM, 450, "4.7.1 greylisted", NOT_YET, "smtp.temporary"),
    (Stage.MAIL_FROM, 553, "5.7.1 not owned by user", NOT_YET, "smtp.sender_refused"),
    (Stage.MAIL_FROM, 550, "5.7.60 no [AM0.eurprd01.prod.outlook.com]", NOT_YET, "smtp.sender_refused"),
]
# As Microsoft and Google say them.
PROVIDERS = [
    (("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "
     "https://aka.ms/smtp_auth_disabled for more information. [MN2PR05CA0004.namprd05.prod.outlook.com]"),
     Saying.TURNED_OFF_AT_MICROSOFT),
    (("535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [BM1P287CA0015.INDP287.PROD."
     "OUTLOOK.COM]"), Saying.TURNED_OFF_AT_MICROSOFT),
    ("535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy.",
     Saying.TURNED_OFF_AT_MICROSOFT),
    ("535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated",
     Saying.TURNED_OFF_AT_MICROSOFT),
    ("535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [AM0PR04.outlook.com]",
     Saying.CREDENTIALS),
    ("535 5.7.3 Authentication unsuccessful [DB6P18901CA0015.EURP189.PROD.OUTLOOK.COM]",
     Saying.TURNED_OFF_AT_MICROSOFT),
    ("535 5.7.3 Authentication unsuccessful", Saying.CREDENTIALS),
    ("550 5.7.30 Basic authentication is not supported for Client Submission.", Saying.TURNED_OFF_AT_MICROSOFT),
    (("534 5.7.9 Application-specific password required. For more information, go to 5.7.9 "
     "https://support.google.com/mail/?p=InvalidSecondFactor a1sm2 - gsmtp"), Saying.APP_PASSWORD),
    (("534 5.7.14 <https://accounts.google.com/signin/continue> Please log in via your web browser and then try "
     "again. - gsmtp"), Saying.APP_PASSWORD),
    (("534 5.7.9 Please log in with your web browser and then try again. For more information, go to 5.7.9 "
     "https://support.google.com/mail/?p=WebLoginRequired - gsmtp"), Saying.APP_PASSWORD),
    (("535 5.7.8 Username and Password not accepted. For more information, go to 5.7.8 "
     "https://support.google.com/mail/?p=BadCredentials a1sm2 - gsmtp"), Saying.CREDENTIALS_AT_GOOGLE),
]  # fmt: skip


def reply(code: int, text: str) -> Reply:
    """A reply, read as it is read from a server."""
    enhanced = re.match(r"[245]\.\d+\.\d+", text)
    return Reply(code=code, enhanced=enhanced[0] if enhanced else "", text=text)


@pytest.mark.parametrize(("stage", "ending", "outcome", "code"), ENDINGS)
def test_how_a_dialogue_ended_is_judged(stage: Stage, ending: Ending, outcome: Outcome, code: str) -> None:
    """Final is only what its owner has to change; only what we could not see is inconclusive."""
    verdict = judge(Dialogue(stage=stage, ending=ending))

    assert (verdict.outcome, verdict.code, verdict.stage) == (outcome, code, stage)


def test_every_ending_is_in_the_table() -> None:
    """But those that depend on what came with them."""
    assert {ending for _, ending, *_ in ENDINGS} == set(Ending) - {Ending.REPLY, Ending.CERTIFICATE}


def test_a_port_that_is_refused_and_one_that_is_filtered_are_told_alike() -> None:
    """Nobody maps a network through us."""
    told = {
        judge(Dialogue(stage=Stage.CONNECT, ending=ending)).saying
        for ending in (Ending.UNREACHABLE, Ending.TIMEOUT, Ending.BROKEN_OFF)
    }

    assert told == {Saying.NO_CONNECTION}


@pytest.mark.parametrize(("stage", "code", "text", "outcome", "expected"), REPLIES)
def test_a_reply_is_judged_by_its_stage(
    stage: Stage, code: int, text: str, outcome: Outcome, expected: str
) -> None:
    """The same code means something else at AUTH than at MAIL."""
    verdict = judge(Dialogue(stage=stage, ending=Ending.REPLY, reply=reply(code, text)))

    assert (verdict.outcome, verdict.code) == (outcome, expected)


@pytest.mark.parametrize(("line", "saying"), PROVIDERS)
def test_what_large_providers_say_is_understood(line: str, saying: Saying) -> None:
    """A password that is right, and not enough, is another matter than one that is wrong."""
    code, _, text = line.partition(" ")

    verdict = judge(Dialogue(stage=Stage.AUTH, ending=Ending.REPLY, reply=reply(int(code), text)))

    assert (verdict.saying, verdict.outcome) == (saying, REFUSED)


def test_a_password_that_turns_out_not_to_be_enough_at_mail_is_said_so() -> None:
    """Microsoft may say it only there."""
    text = "5.7.30 Basic authentication is not supported for Client Submission."

    verdict = judge(Dialogue(stage=Stage.MAIL_FROM, ending=Ending.REPLY, reply=reply(550, text)))

    assert verdict.code == "smtp.oauth_required"


@pytest.mark.parametrize(
    ("fault", "saying"),
    [
        (CertificateFault.EXPIRED, Saying.EXPIRED),
        (CertificateFault.OTHER_NAME, Saying.OTHER_NAME),
        (CertificateFault.UNTRUSTED, Saying.UNTRUSTED),
        (CertificateFault.OTHER, Saying.BAD_CERTIFICATE),
        (None, Saying.BAD_CERTIFICATE),
    ],
)
def test_a_certificate_that_is_not_taken_is_final_and_told_by_its_fault(
    fault: CertificateFault | None, saying: Saying
) -> None:
    """Whom to ask depends on it."""
    verdict = judge(Dialogue(stage=Stage.TLS, ending=Ending.CERTIFICATE, certificate=fault))

    assert (verdict.saying, verdict.code, verdict.outcome) == (saying, "smtp.certificate", REFUSED)


def test_what_would_work_is_suggested() -> None:
    """In a few words for the form, and as advice in place of the general one."""
    seen = Dialogue(stage=Stage.CONNECT, ending=Ending.TIMEOUT, works=Way(465, Security.TLS))

    words = put_into_words(judge(seen), ASKED)

    assert words == LoginWords(
        message="We could not connect to smtp.example.com at port 587.",
        advice="Change the port to 465 and the security to TLS: that is where smtp.example.com answered as it should.",
        suggestion="465 answered with TLS",
    )


@pytest.mark.parametrize("saying", Saying)
def test_every_case_has_its_words(saying: Saying) -> None:
    """Whole sentences, with every value in its place, and the next step."""
    assert saying in CODE_OF
    verdict = LoginVerdict(outcome=NOT_YET, stage=Stage.AUTH, saying=saying)

    words = put_into_words(verdict, ASKED)

    assert words.suggestion is None
    for sentence in (words.message, words.advice):
        assert sentence.endswith(".")
        assert "{" not in sentence


def test_without_a_sender_none_is_named() -> None:
    """The sentences that name one are for those who gave one."""
    named = {
        saying
        for saying, sentences in SENTENCES.items()
        for sentence in sentences
        for _, field, _, _ in Formatter().parse(sentence)
        if field == "sender"
    }
    asked = Asked(server=ASKED.server, sender=None, ports=ASKED.ports)

    assert named == {Saying.SENDER_REFUSED}
    assert put_into_words(judge(Dialogue(stage=Stage.AUTH, ending=Ending.DONE)), asked).message.startswith(
        "The login"
    )


def test_what_a_server_said_is_in_no_representation() -> None:
    """Observations end up in tracebacks."""
    assert "CANARY" not in repr(
        Dialogue(stage=Stage.AUTH, ending=Ending.REPLY, reply=Reply(code=535, text="CANARY"))
    )
