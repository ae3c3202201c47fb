"""Logging in: the safest way first, one try with a password, and a server that has to prove itself."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dialogue import Dialogue, Ending, Stage
from infra.smtp.mechanism import FalseProof
from infra.smtp.mechanisms import MECHANISMS
from infra.smtp.scram import scram_sha_256
from tests.infra.smtp.ground import PASSWORD, USER, look, plain, secured
from tests.servers.certificates import ServerFiles
from tests.servers.villain import Talk, villain

SALT = b"salt of the server"


def b64(octets: bytes | str) -> str:
    """In base64."""
    return base64.b64encode(octets.encode() if isinstance(octets, str) else octets).decode()


def answering(files: ServerFiles, replies: dict[str, str], *offer: str) -> tuple[Dialogue, list[str]]:
    """A dialogue with a server that answers each AUTH by its mechanism; and what it heard."""
    heard: list[str] = []

    def then(talk: Talk) -> None:
        while True:
            heard.append(talk.hear())
            words = heard[-1].split()
            talk.say(replies.get(words[1] if words[:1] == ["AUTH"] else words[0], "250 fine"))

    with villain(secured(files, then, *offer)) as server:
        seen = look(server.port)
    return seen, heard


@pytest.mark.parametrize(
    ("offer", "first"),
    [
        ("AUTH CRAM-MD5 LOGIN PLAIN SCRAM-SHA-256 XOAUTH2", "SCRAM-SHA-256"),
        ("AUTH CRAM-MD5 LOGIN PLAIN", "PLAIN"),
        ("auth login cram-md5", "LOGIN"),
        ("AUTH=LOGIN", "LOGIN"),
        ("AUTH GSSAPI NTLM CRAM-MD5", "CRAM-MD5"),
    ],
)
def test_the_safest_way_that_is_offered_comes_first(offer: str, first: str, files: ServerFiles) -> None:
    """Whatever the order of the offer."""
    seen, heard = answering(files, {first: "535 5.7.8 no"}, offer)

    assert (seen.stage, seen.ending) == (Stage.AUTH, Ending.REPLY)
    assert heard[0].split()[:2] == ["AUTH", first]


@pytest.mark.parametrize(
    "refusal", ["535 5.7.8 no", "534 5.7.9 Application-specific password required", "550 no"]
)
def test_a_refused_login_is_not_tried_by_another_way(refusal: str, files: ServerFiles) -> None:
    """A second try would count as a second guess."""
    seen, heard = answering(files, {"PLAIN": refusal}, "AUTH PLAIN LOGIN CRAM-MD5")

    assert (seen.ending, seen.reply and seen.reply.code) == (Ending.REPLY, int(refusal[:3]))
    assert [line.split()[0] for line in heard] == ["AUTH", "QUIT"]


@pytest.mark.parametrize(
    "refusal",
    [
        *("504 5.5.4 unknown", "500 what?", "502 no", "503 not now", "501 5.5.2 syntax"),
        *("538 5.7.11 not so", "534 5.7.9 Authentication mechanism is too weak"),
    ],
)
def test_a_way_that_is_turned_down_leads_to_the_next(refusal: str, files: ServerFiles) -> None:
    """That says nothing of the password (RFC 4954, section 6)."""
    seen, heard = answering(
        files, {"SCRAM-SHA-256": refusal, "PLAIN": "235 2.7.0 welcome"}, "AUTH PLAIN SCRAM-SHA-256"
    )

    assert (seen.stage, seen.ending) == (Stage.AUTH, Ending.DONE)
    assert heard[1] == f"AUTH PLAIN {plain()}"


def test_where_every_way_is_turned_down_none_is_left(files: ServerFiles) -> None:
    """It was no refusal of the password."""
    refusals = dict.fromkeys(MECHANISMS, "504 5.5.4 unknown")

    seen, heard = answering(files, refusals, f"AUTH {' '.join(MECHANISMS)}")

    assert (seen.stage, seen.ending, len(heard)) == (Stage.AUTH, Ending.NO_MECHANISM, 4)


@pytest.mark.parametrize(
    ("offer", "ending"),
    [
        ("8BITMIME", Ending.NO_AUTH),
        ("AUTH", Ending.NO_AUTH),
        ("AUTH XOAUTH2", Ending.ONLY_TOKENS),
        ("AUTH GSSAPI OAUTHBEARER", Ending.ONLY_TOKENS),
        ("AUTH GSSAPI NTLM", Ending.NO_MECHANISM),
    ],
)
def test_without_a_way_for_passwords_nothing_is_said(offer: str, ending: Ending, files: ServerFiles) -> None:
    """And it is said which of three cases it is."""
    seen, heard = answering(files, {}, offer)

    assert (seen.stage, seen.ending) == (Stage.AUTH, ending)
    assert heard == []


def test_login_says_user_name_and_password_in_turn(files: ServerFiles) -> None:
    """Whatever the prompts are."""
    heard = []

    def then(talk: Talk) -> None:
        for answer in ("334 VXNlcm5hbWU6", "334 not base64", "235 welcome"):
            heard.append(talk.hear())
            talk.say(answer)
        talk.hear_to_the_end()

    with villain(secured(files, then, "AUTH LOGIN")) as server:
        seen = look(server.port)

    assert seen.ending is Ending.DONE
    assert heard == ["AUTH LOGIN", b64(USER), b64(PASSWORD)]


def test_cram_md5_answers_the_challenge(files: ServerFiles) -> None:
    """RFC 2195."""
    heard = []

    def then(talk: Talk) -> None:
        for answer in (f"334 {b64('<1896.697170952@postoffice.example.net>')}", "235 welcome"):
            heard.append(talk.hear())
            talk.say(answer)
        talk.hear_to_the_end()

    with villain(secured(files, then, "AUTH CRAM-MD5")) as server:
        seen = look(server.port, username="tim", password="tanstaaftanstaaf")

    assert seen.ending is Ending.DONE
    # The answer of RFC 2195, section 2, to a challenge whose host has another name.
    digest = hmac.new(
        b"tanstaaftanstaaf", b"<1896.697170952@postoffice.example.net>", hashlib.md5
    ).hexdigest()
    assert heard == ["AUTH CRAM-MD5", b64(f"tim {digest}")]


@pytest.mark.parametrize(
    ("mechanism", "replies"),
    [
        ("PLAIN", ["334 more"]),
        ("LOGIN", ["334 a", "334 b", "334 c"]),
        ("LOGIN", ["235 so soon"]),
        ("CRAM-MD5", ["334 YQ==", "334 YQ=="]),
    ],
)
def test_a_server_that_asks_or_believes_too_soon_is_not_believed(
    mechanism: str, replies: list[str], files: ServerFiles
) -> None:
    """More is asked than the mechanism knows, or less."""

    def then(talk: Talk) -> None:
        for answer in replies:
            talk.hear()
            talk.say(answer)
        talk.hear_to_the_end()

    with villain(secured(files, then, f"AUTH {mechanism}")) as server:
        seen = look(server.port)

    assert (seen.stage, seen.ending) == (Stage.AUTH, Ending.NOT_SMTP)


def proof(password: bytes, said: bytes, iterations: int) -> bytes:
    """What a server proves its knowledge by (RFC 5802, section 3)."""
    salted = hashlib.pbkdf2_hmac("sha256", password, SALT, iterations)
    return hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")


def scram(files: ServerFiles, *, knows: str = PASSWORD, iterations: str = "4096", **lies: str) -> Dialogue:
    """A dialogue with a server that says SCRAM, and lies where it is told to."""

    def then(talk: Talk) -> None:
        first = base64.b64decode(talk.hear().split()[2]).decode().removeprefix("n,,")
        nonce = lies.get("nonce", first.partition(",r=")[2] + "more")
        server_first = f"r={nonce},s={b64(SALT)},i={iterations}"
        talk.say(lies.get("first", f"334 {b64(lies.get('challenge', server_first))}"))
        final = base64.b64decode(talk.hear()).decode()
        said = f"{first},{server_first},{final.partition(',p=')[0]}".encode()
        signed = f"v={b64(proof(knows.encode(), said, int(iterations)))}"
        talk.say(lies.get("final", f"334 {b64(lies.get('proof', signed))}"))
        if talk.hear() == "":
            talk.say(lies.get("end", "235 2.7.0 welcome"))
        talk.hear_to_the_end()

    with villain(secured(files, then, "AUTH SCRAM-SHA-256")) as server:
        return look(server.port)


def test_a_server_that_proves_itself_is_believed(files: ServerFiles) -> None:
    """RFC 7677, with a password of any letters."""
    seen = scram(files)

    assert (seen.stage, seen.ending) == (Stage.AUTH, Ending.DONE)


@pytest.mark.parametrize(
    "lies",
    [
        {"knows": "something else"},
        {"final": "235 2.7.0 welcome without a proof"},
        {"first": "235 2.7.0 welcome without a word"},
        {"nonce": "its own alone"},
        {"challenge": "r=,s=,i="},
        {"challenge": "no scram"},
        {"iterations": "9999999"},
        {"iterations": "0"},
        {"proof": "v="},
        {"proof": "v=AAAA"},
        {"proof": "v=A"},
        {"proof": "e=invalid-proof"},
    ],
)
def test_a_server_that_does_not_prove_itself_is_not_believed(
    lies: dict[str, str], files: ServerFiles
) -> None:
    """Whatever code it answers with; and it cannot make us work for minutes either."""
    seen = scram(files, **lies)

    assert (seen.stage, seen.ending) == (Stage.AUTH, Ending.NOT_SMTP)


def test_a_refusal_in_the_words_of_scram_is_a_refusal(files: ServerFiles) -> None:
    """`e=` and then 535 (RFC 5802, section 7)."""
    seen = scram(files, proof="e=invalid-proof", end="535 5.7.8 no")

    assert (seen.ending, seen.reply and seen.reply.code) == (Ending.REPLY, 535)


def test_the_example_of_the_rfc_is_said_to_the_letter() -> None:
    """RFC 7677, section 3."""
    steps = scram_sha_256(b"user", b"pencil", b"rOprNGfwEbeRWgbNEkqO")
    server_first = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

    assert next(steps) == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert steps.send(server_first) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert steps.send(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == b""
    with pytest.raises(StopIteration):
        steps.send(b"")


@pytest.mark.parametrize("nonce", [b"nonce", b"nonc", b"other", b"xnonce"])
def test_a_server_has_to_add_to_our_nonce(nonce: bytes) -> None:
    """What it adds makes the exchange one that was never seen before (RFC 5802, section 5.1)."""
    steps = scram_sha_256(b"user", b"pencil", b"nonce")
    next(steps)

    with pytest.raises(FalseProof):
        steps.send(b"r=%b,s=%b,i=4096" % (nonce, base64.b64encode(SALT)))


def test_a_comma_in_a_user_name_does_not_part_it() -> None:
    """RFC 5802, section 5.1."""
    assert next(scram_sha_256(b"a,b=c", b"x", b"nonce")) == b"n,,n=a=2Cb=3Dc,r=nonce"


@given(st.binary(max_size=80))
def test_whatever_a_server_says_first_is_refused_or_answered(server_first: bytes) -> None:
    """And nothing else can happen."""
    steps = scram_sha_256(b"user", b"pencil", b"nonce")
    next(steps)

    with pytest.raises(FalseProof):
        steps.send(server_first)
