"""The scan is not blind: a canary that is put into any kind of place is found there."""

import base64
import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from infra.amqp.link import Broker
from infra.amqp.topology import prepare
from infra.db.schema import metadata
from infra.mail.dkim_key import DkimKey
from tests.canary.birds import Canary, Numbers, Place, Sighting, look_for
from tests.canary.dkim import private_numbers
from tests.canary.installation import TO_32
from tests.canary.key_files import own_key
from tests.canary.places import answered, files, folder, printed, queues, tables
from tests.infra.amqp.wire import channel_to, put

BIRD = Canary.hatch("a test", "@:/?#é")
WORD = BIRD.text.encode()
# The bird has another name in every process: tests are called by their place.
SPELLED = (
    WORD,
    WORD[:12],
    b"..." + WORD[-12:],
    WORD.lower(),
    WORD.decode().encode("utf-16"),
    WORD.hex().encode(),
    base64.b64encode(WORD),
    base64.b64encode(b"1" + WORD),
    base64.b64encode(b"12" + WORD + b"behind"),
    base64.urlsafe_b64encode(b"\0user\0" + WORD),
    base64.encodebytes(b"Long lines are broken, " * 5 + WORD),
    base64.b64encode(b"inside " + base64.b64encode(b"out ") + WORD),
    WORD[:5] + b"=\r\n" + WORD[5:],
)
PLANTED = (
    "INSERT INTO tombstones (token, identity_id) VALUES (%(word)s, gen_random_uuid())",
    "INSERT INTO api_keys VALUES (gen_random_uuid(), 'x', 'shop', ARRAY[%(word)s], '{}')",
    "INSERT INTO outbox (event_id, type, body) VALUES ('e', 't', convert_to(%(word)s, 'UTF8'))",
    "INSERT INTO looks VALUES (gen_random_uuid(), 1, 'not_yet', to_json(%(word)s::text), now(), now(), 1)",
    "INSERT INTO looks_past VALUES (gen_random_uuid(), 1, 'not_yet', to_json(%(word)s::text), now(), now(), 1)",
)


def seen(*places: Place) -> list[str]:
    """Where the canary is seen."""
    return [f"{one.kind} {one.name}" for one in look_for([BIRD, Canary.hatch("another")], places)]


@pytest.mark.parametrize("spelled", SPELLED, ids=range(len(SPELLED)))
def test_it_is_found_in_every_spelling(spelled: bytes) -> None:
    """Whole or cut, in capitals or small, in hexadecimal, in base64 at any offset, with lines broken."""
    assert seen(Place(kind="text", name="", content=b'{"at": "' + spelled + b'"}')) == ["text "]


def test_what_is_no_canary_is_not_found() -> None:
    """A scan that cries always is blind too."""
    other = Canary.hatch("somebody else's").text.encode()

    assert seen(Place(kind="text", name="", content=other + base64.b64encode(other))) == []


KEY = generate_private_key(65_537, 2048)
SECRET = KEY.private_numbers()
DER = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
D_ALONE = SECRET.d.to_bytes(-(-SECRET.d.bit_length() // 8))  # now and then shorter than the modulus
WRITTEN = {
    "as the vault holds it": DER,
    "as a file holds it": PEM,
    "in a locked database's hexadecimal": DER.hex().encode(),
    "in JSON": json.dumps({"key": PEM.decode()}).encode(),
    "as octets in a log": repr(DER).encode(),
    "as octets in a log in JSON": json.dumps({"secret": repr(DER)}).encode(),
    "as a program shows its numbers": f"RSAPrivateNumbers(d={SECRET.d})".encode(),
    "as a JSON Web Key": base64.urlsafe_b64encode(SECRET.p.to_bytes(128)).rstrip(b"="),
    "a prime in hexadecimal": f"{SECRET.q:x}".encode(),
    "the beginning alone": b"... " + D_ALONE[:12],
    "the end alone": D_ALONE[-12:] + b" ...",
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_private_key_that_we_made_is_found_however_it_is_written(how: str) -> None:
    """Nobody let it in, so that it is looked for by its numbers."""
    made = Numbers(way="made", numbers=private_numbers(KEY))
    other = Numbers(way="other", numbers=private_numbers(generate_private_key(65_537, 2048)))

    assert look_for([made, other], [Place(kind="text", name=how, content=WRITTEN[how])]) == [
        Sighting(kind="text", name=how, way="made")
    ]


def test_the_public_half_is_no_secret() -> None:
    """It is published."""
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    made = Numbers(way="made", numbers=private_numbers(KEY))

    assert look_for([made], [Place(kind="text", name="", content=public)]) == []


def test_the_key_of_our_own_mails_is_found_in_its_file(tmp_path: Path) -> None:
    """And so it would be in whatever repeats that file."""
    own = Canary.hatch("own", TO_32)
    file = own_key(own.text, tmp_path / "dkim.pem")

    assert DkimKey.read(file).type == "ed25519"
    assert [one.way for one in look_for([own], files("key file", {"own": file}))] == ["own"]
    assert [one.way for one in look_for([own], folder("mail", tmp_path))] == ["own"]


def test_it_is_found_in_every_kind_of_column(database_url: str) -> None:
    """Text, JSON, octets, lists, and in a partition of the past."""
    with psycopg.connect(database_url.replace("postgresql+psycopg:", "postgresql:")) as link:
        for statement in PLANTED:
            link.execute(statement.encode(), {"word": BIRD.text})

    found = seen(*tables(database_url))

    assert {place for place in found if "looks_past_" not in place} == {
        "table tombstones.token",
        "table api_keys.accounts",
        "table outbox.body",
        "table looks.findings",
        "table looks_past.findings",
    }
    assert any("looks_past_" in place for place in found)


def test_every_column_of_every_table_is_looked_at(database_url: str) -> None:
    """Also of tables that come later."""
    looked_at = {place.name for place in tables(database_url)}

    assert {
        f"{table}.{column.name}" for table in metadata.tables for column in metadata.tables[table].c
    } <= looked_at


def test_it_is_found_in_the_statement_that_the_database_is_at(database_url: str) -> None:
    """Whoever may see statements sees what was written into them."""
    with psycopg.connect(database_url.replace("postgresql+psycopg:", "postgresql:"), autocommit=True) as link:
        link.execute(f"SELECT '{BIRD.text}'".encode())

        assert seen(*tables(database_url)) == ["table pg_stat_activity"]


@pytest.mark.parametrize(
    "queue", ["signet.intake", "signet.intake.dead", "signet.dns", "signet.dns.dead", "n.all"]
)
@pytest.mark.parametrize("where", ["body", "header", "property"])
def test_it_is_found_in_every_queue(vhost_url: str, queue: str, where: str) -> None:
    """In the body, in a header, in a property; and the message is still there afterwards."""
    prepare(Broker(url=vhost_url))
    with channel_to(vhost_url) as channel:
        channel.queue_declare(queue, passive=queue.startswith("signet.intake"), durable=True)
    planted: dict[str, tuple[bytes, dict[str, Any]]] = {
        "body": (b"{" + WORD, {}),
        "header": (b"{", {"headers": {"deep": {"list": [BIRD.text]}}}),
        "property": (b"{", {"correlation_id": BIRD.text}),
    }
    body, properties = planted[where]
    put(vhost_url, "", queue, [b"first", body], **properties)

    for _ in range(2):
        assert seen(*queues(vhost_url, [queue])) == [f"queue {queue}"]


def test_it_is_found_in_files_and_in_their_names(tmp_path: Path) -> None:
    """A log; a mail, in base64 with its lines broken; a folder that is named so."""
    log, box = tmp_path / "log", tmp_path / "box"
    log.write_bytes(b'{"event": "round.failed", "why": "' + WORD + b'"}\n')
    (box / BIRD.text[:12]).mkdir(parents=True)
    (box / "one.eml").write_bytes(b"Subject: x\r\n\r\n" + base64.encodebytes(b"Good day. " * 9 + WORD))

    assert seen(*files("log", {"worker": log})) == ["log worker"]
    assert seen(*folder("mail", box)) == ["mail names", "mail one.eml"]


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_it_is_found_in_what_a_command_prints(stream: str) -> None:
    """On either side."""
    printed_words = {"stdout": "", "stderr": ""} | {stream: f"amqp://me:{BIRD.text}@mq"}
    ran = CompletedProcess(["signet"], 1, **printed_words)

    assert seen(printed(["doctor"], ran)) == ["command doctor"]


@pytest.mark.parametrize("answer", [{"headers": {"X-Why": BIRD.text[:12]}}, {"json": {"detail": BIRD.text}}])
def test_it_is_found_in_an_answer_over_http(answer: dict[str, object]) -> None:
    """In a header, and in a problem document."""
    assert seen(answered("GET /", httpx.Response(422, **answer))) == ["answer GET /: 422"]  # type: ignore[arg-type]
