"""Secret fields on their way in: sealed or refused, bound to their event, and opened by intake alone."""

import base64
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.secrets import Purpose, SealedOctets, SealFault, SealingKey, Secret
from events.catalogue import FieldError
from events.catalogue.domains import AboutGivenDomain
from events.codes import EventCode
from events.envelope import Envelope
from events.forms import Account, Frozen
from events.reading import as_event
from events.sealed import LEAST, MOST, Content, Sealed, SealedFile, SealedText, secret_fields
from events.sealing import open_secrets, purpose_of, seal_clear
from events.withholding import holds_clear_secret
from tests.events.building import octets

TYPE: Final = "org.signet.safe.filled.v1"
SUBJECT: Final = "Žluť.example"
SEALED: Final = {"sealed": base64.b64encode(b"x" * LEAST).decode(), "key": "k1"}
DATA: Final[dict[str, Any]] = {"account": "acme", "domain": SUBJECT, "pkcs12": SEALED}
P12: Final = b"\x30\x82 octets of a file"


class SafeFilled(AboutGivenDomain):
    """An event with secrets, as there will be some."""

    TYPE: ClassVar[str] = TYPE

    password: SealedText
    pkcs12: SealedFile
    note: str | None = None


class Filed(Frozen):
    """One about an address."""

    account: Account
    address: str
    password: SealedText


class Plain(AboutGivenDomain):
    """One without secrets."""

    TYPE: ClassVar[str] = TYPE


@dataclass
class Seals:
    """Keys that open what they sealed, for the same purpose; no cryptography. `asked` is what was asked for."""

    known: frozenset[str] = frozenset({"k1"})
    sealed: dict[bytes, tuple[Secret, Purpose]] = field(default_factory=dict)
    asked: list[tuple[str, Purpose]] = field(default_factory=list)

    def seal(self, secret: Secret, purpose: Purpose) -> SealedOctets:
        """Seal, recognisably."""
        octets_ = b"%048d" % len(self.sealed)
        self.sealed[octets_] = secret, purpose
        return SealedOctets(key="k1", octets=octets_)

    def open(self, sealed: SealedOctets, purpose: Purpose) -> Secret | SealFault:
        """Open what `seal` sealed."""
        self.asked.append((sealed.key, purpose))
        if sealed.key not in self.known:
            return SealFault.UNKNOWN_KEY
        secret, meant = self.sealed.get(sealed.octets, (Secret(b""), None))
        return secret if meant == purpose else SealFault.CANNOT_OPEN

    def present(self) -> SealingKey:
        """Not asked for here."""
        raise AssertionError

    replace = present


def enveloped(data: object, **attributes: Any) -> Envelope:
    """An envelope with that data."""
    given = {"id": "1", "source": "urn:shop", "type": TYPE, "subject": SUBJECT, "data": data, **attributes}
    return Envelope(**given)


def read(envelope: Envelope) -> SafeFilled:
    """The event in a sound envelope."""
    event = as_event(SafeFilled, envelope)  # type: ignore[type-var]
    assert isinstance(event, SafeFilled), event
    return event


def faults(found: object) -> list[tuple[str, str]]:
    """Field and code of all that is wrong."""
    assert isinstance(found, tuple), found
    return [(error.field, error.code) for error in found]


def told(sealed: SealedOctets) -> dict[str, str]:
    """A sealed field as it travels."""
    return {"sealed": base64.b64encode(sealed.octets).decode(), "key": sealed.key}


def test_a_sealed_field_is_read() -> None:
    """Two texts; what comes later beside them is ignored."""
    event = read(enveloped({**DATA, "password": SEALED | {"later": 1}}))

    assert event.password == Sealed(**SEALED)
    assert event.password.octets == b"x" * LEAST


@pytest.mark.parametrize(
    ("password", "field", "code"),
    [
        ("hunter2", "password", "secret.not_sealed"),
        ("", "password", "secret.not_sealed"),
        (base64.b64encode(b"x" * LEAST).decode(), "password", "secret.not_sealed"),
        (5, "password", "field.type"),
        (["hunter2"], "password", "field.type"),
        (None, "password", "field.type"),
        ({"clear": "hunter2"}, "password.sealed", "field.missing"),
        (SEALED | {"sealed": 5}, "password.sealed", "field.type"),
        (SEALED | {"key": 5}, "password.key", "field.type"),
        (SEALED | {"key": ""}, "password.key", "field.invalid"),
        (SEALED | {"key": "k" * 65}, "password.key", "field.invalid"),
        (SEALED | {"sealed": "hunter2"}, "password.sealed", "field.invalid"),
        (SEALED | {"sealed": "x" * 64 + "\n"}, "password.sealed", "field.invalid"),
        (SEALED | {"sealed": SEALED["sealed"][:-4]}, "password.sealed", "field.invalid"),
        (SEALED | {"sealed": SEALED["sealed"] + "x"}, "password.sealed", "field.invalid"),
        (SEALED | {"sealed": "A" * 66 + "B="}, "password.sealed", "field.invalid"),  # bits to spare
        (SEALED | {"sealed": "-_" * 32}, "password.sealed", "field.invalid"),  # the alphabet of URLs
        (
            SEALED | {"sealed": base64.b64encode(b"x" * (MOST + 3)).decode()},
            "password.sealed",
            "field.invalid",
        ),
    ],
)
def test_a_field_that_is_not_sealed_is_refused_and_says_nothing_of_it(
    password: object, field: str, code: str
) -> None:
    """Over AMQP a clear secret is not stored, and comes back in no answer."""
    found = as_event(SafeFilled, enveloped({**DATA, "password": password}))  # type: ignore[type-var]

    assert (field, code) in faults(found)
    assert "hunter2" not in repr(found)


def test_the_largest_file_can_be_sealed() -> None:
    """65,536 octets."""
    sealed = base64.b64encode(b"x" * MOST).decode()

    assert read(enveloped({**DATA, "password": SEALED | {"sealed": sealed}})).password.sealed == sealed


def test_the_schema_says_the_same() -> None:
    """A published form, with what it means."""
    schema = SafeFilled.model_json_schema()
    form = schema["$defs"]["Sealed"]
    judge = Draft202012Validator(schema)

    assert form["description"]
    assert form["properties"]["sealed"]["contentEncoding"] == "base64"
    assert all(part["description"] for part in form["properties"].values())
    assert judge.is_valid({**DATA, "password": SEALED})
    for wrong in (
        "hunter2",
        {"sealed": "short", "key": "k1"},
        {"sealed": SEALED["sealed"]},
        SEALED | {"key": ""},
    ):
        assert not judge.is_valid({**DATA, "password": wrong})


def test_a_sealed_field_as_we_write_it_is_no_clear_secret_for_dead_letters() -> None:
    """The two say the same of what is sealed."""
    assert not holds_clear_secret(octets({"password": Sealed(**SEALED).model_dump()})[:-1])


def test_the_fields_that_hold_secrets_stand_in_the_class() -> None:
    """With what is beneath the seal of each."""
    assert secret_fields(SafeFilled) == {"password": Content.TEXT, "pkcs12": Content.OCTETS}


def test_a_field_is_bound_to_type_account_subject_and_name() -> None:
    """The octets of the product contract, 2.4: the subject as it stands in the envelope."""
    assert purpose_of(TYPE, "acme", SUBJECT, "password") == Purpose(
        info=b"org.signet.safe.filled.v1", aad="acme\nŽluť.example\npassword".encode()
    )


@given(st.text(), st.text(), st.sampled_from(["password", "pkcs12"]))
def test_no_two_fields_are_bound_alike(one: str, other: str, name: str) -> None:
    """An account holds no line end, and a field neither: the subject may be anything."""
    first, second = purpose_of(TYPE, "acme", one, name), purpose_of(TYPE, "acme", other, "password")

    assert (first == second) == ((one, name) == (other, "password"))


def test_intake_opens_every_sealed_field() -> None:
    """Each for its own purpose."""
    seals = Seals()
    password = seals.seal(Secret(b"hunter2"), purpose_of(TYPE, "acme", SUBJECT, "password"))
    file = seals.seal(Secret(P12), purpose_of(TYPE, "acme", SUBJECT, "pkcs12"))
    envelope = enveloped({**DATA, "password": told(password), "pkcs12": told(file)})

    opened = open_secrets(read(envelope), "acme", envelope, seals)

    assert opened == {"password": Secret(b"hunter2"), "pkcs12": Secret(P12)}


def test_a_text_is_normalised_to_nfc_and_a_file_is_left_alone() -> None:
    """A password typed on another keyboard is the same password (product contract, 2.4)."""
    seals, decomposed = Seals(), "z\u030cluť".encode()
    data = {
        **DATA,
        "password": told(seals.seal(Secret(decomposed), purpose_of(TYPE, "acme", SUBJECT, "password"))),
        "pkcs12": told(seals.seal(Secret(decomposed), purpose_of(TYPE, "acme", SUBJECT, "pkcs12"))),
    }
    envelope = enveloped(data)

    opened = open_secrets(read(envelope), "acme", envelope, seals)

    assert opened == {"password": Secret("žluť".encode()), "pkcs12": Secret(decomposed)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"account": "evil"}, [("password", "secret.cannot_open"), ("pkcs12", "secret.cannot_open")]),
        (
            {"type": "org.signet.other.v1"},
            [("password", "secret.cannot_open"), ("pkcs12", "secret.cannot_open")],
        ),
        ({"subject": "žluť.example"}, [("password", "secret.cannot_open"), ("pkcs12", "secret.cannot_open")]),
        ({"subject": None}, [("subject", "field.missing")]),
        ({"known": frozenset()}, [("password", "secret.unknown_key"), ("pkcs12", "secret.unknown_key")]),
        ({"swapped": True}, [("password", "secret.cannot_open"), ("pkcs12", "secret.cannot_open")]),
        ({"password": b"\xff\xfe"}, [("password", "field.invalid")]),
    ],
)
def test_what_does_not_open_is_refused_with_the_reason(
    changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Another account, type, spelling of the subject, field, or key; no subject; no text beneath the seal."""
    seals = Seals(known=changes.get("known", frozenset({"k1"})))
    text = Secret(changes.get("password", b"hunter2"))
    password = told(seals.seal(text, purpose_of(TYPE, "acme", SUBJECT, "password")))
    file = told(seals.seal(Secret(P12), purpose_of(TYPE, "acme", SUBJECT, "pkcs12")))
    if "swapped" in changes:
        password, file = file, password
    envelope = enveloped({**DATA, "password": password, "pkcs12": file})
    event = read(envelope)
    altered = replace(
        envelope, type=changes.get("type", TYPE), subject=changes.get("subject", envelope.subject)
    )
    if "subject" in changes and changes["subject"] is None:
        altered = replace(altered, subject=None)

    found = open_secrets(event, changes.get("account", "acme"), altered, seals)

    assert faults(found) == expected
    assert "hunter2" not in repr(found)
    assert all(error.message.startswith("The ") and error.message.endswith(".") for error in found)  # type: ignore[union-attr]


def test_an_event_without_secrets_needs_no_subject() -> None:
    """Nothing is bound to it."""
    envelope = enveloped(DATA, subject=None)

    assert open_secrets(Plain(account="acme", domain=SUBJECT), "acme", envelope, Seals()) == {}


def test_what_is_clear_over_http_is_sealed_before_anything_is_written() -> None:
    """A text in NFC, a file from its base64; then it is as if it had come sealed."""
    seals = Seals()
    clear = {**DATA, "password": "z\u030cluť", "pkcs12": base64.b64encode(P12).decode(), "note": "hunter2"}

    sealed = seal_clear(SafeFilled, enveloped(clear), seals.seal)

    assert isinstance(sealed, Envelope)
    event = read(sealed)
    assert event.note == "hunter2"
    assert open_secrets(event, "acme", sealed, seals) == {
        "password": Secret("žluť".encode()),
        "pkcs12": Secret(P12),
    }


def test_what_is_sealed_already_stays_as_it_is() -> None:
    """One sealed and one clear field may stand together."""
    seals = Seals()
    data = {**DATA, "password": SEALED, "pkcs12": base64.b64encode(P12).decode()}

    sealed = seal_clear(SafeFilled, enveloped(data), seals.seal)

    assert isinstance(sealed, Envelope)
    assert read(sealed).password == Sealed(**SEALED)
    assert [secret for secret, _ in seals.sealed.values()] == [Secret(P12)]


@pytest.mark.parametrize("data", [None, [], "text", {**DATA}, {**DATA, "password": SEALED}, {"password": 5}])
def test_where_nothing_is_clear_nothing_changes(data: object) -> None:
    """What is wrong with it is said when it is read."""
    envelope = enveloped(data)

    assert seal_clear(SafeFilled, envelope, Seals().seal) is envelope


@pytest.mark.parametrize(
    ("kind", "data", "named"),
    [
        (SafeFilled, DATA, SUBJECT),
        (Filed, {"account": "acme", "address": "info@example.org"}, "info@example.org"),
        (SafeFilled, {"account": "acme", "pkcs12": SEALED}, None),
    ],
)
def test_without_a_subject_the_envelope_gets_the_one_that_its_data_names(
    kind: type[Frozen], data: dict[str, Any], named: str | None
) -> None:
    """Over HTTP it may be left out where nothing came sealed."""
    sealed = seal_clear(kind, enveloped({**data, "password": "hunter2"}, subject=None), Seals().seal)

    assert isinstance(sealed, Envelope)
    assert sealed.subject == named


@pytest.mark.parametrize(("account", "subject"), [("acme", 5), (5, None), (None, SUBJECT)])
def test_what_is_refused_anyway_is_sealed_too(account: object, subject: object) -> None:
    """So that no clear secret stands in whatever is made of it."""
    data = {**DATA, "account": account, "password": "hunter2"}

    sealed = seal_clear(SafeFilled, enveloped(data, subject=subject), Seals().seal)

    assert isinstance(sealed, Envelope)
    assert "hunter2" not in str(sealed.data)
    assert faults(as_event(SafeFilled, sealed))  # type: ignore[type-var]


def test_data_in_base64_is_sealed_as_well() -> None:
    """CloudEvents JSON format, section 3.1.1."""
    inner = base64.b64encode(octets({**DATA, "password": "hunter2"})).decode()

    sealed = seal_clear(SafeFilled, enveloped(None, data_base64=inner), Seals().seal)

    assert isinstance(sealed, Envelope)
    assert sealed.data_base64 is None
    assert read(sealed).password.key == "k1"


@pytest.mark.parametrize(
    ("name", "clear"),
    [("password", "half \ud800"), ("pkcs12", "not base64"), ("pkcs12", "žluť"), ("pkcs12", "YQ")],
)
def test_what_cannot_be_sealed_is_refused_and_says_nothing_of_it(name: str, clear: str) -> None:
    """Half of a surrogate pair is no text; a file comes in base64 with padding."""
    found = seal_clear(SafeFilled, enveloped({**DATA, name: clear}), Seals().seal)

    assert faults(found) == [(name, "field.invalid")]
    assert clear not in repr(found)


def test_every_fault_of_a_seal_has_its_code() -> None:
    """The contract's."""
    assert {fault.value for fault in SealFault} == {EventCode.UNKNOWN_KEY, EventCode.CANNOT_OPEN}
    assert isinstance(FieldError(field="f", code=EventCode.NOT_SEALED, message="m"), FieldError)
