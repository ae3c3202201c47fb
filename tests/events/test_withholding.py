"""Octets that could not be read, and may hold a secret in clear."""

import json

import pytest

from events.withholding import LARGEST_SEARCHED, holds_clear_secret

SEALED = '{"sealed": "AAAA", "key": "k1"}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"password": "hunter2"',
        b'{"password":null}',
        b'{"pkcs12" : "MIIF',
        b'{"PassWord": "hunter2"',
        b'{"password": {"sealed": "AAAA"}',
        b'{"password": {"sealed": "AAAA", "key": "k1", "clear": "hunter2"}',
        b'{"password": {"sealed": "AAAA", "sealed": "hunter2"}',
        b'{"password"',
        b'{"a": 1, "password": ' + SEALED.encode() + b', "password": "hunter2"}',
        b'{"passw\\u006frd": "hunter2"',
        json.dumps({"text": json.dumps({"password": "hunter2"})}).encode() + b"x",
        '{"password": "hunter2"}'.encode("utf-16"),
        b"{'password': 'hunter2'}",
        b'\xff{"password": "hunter2"}',
        b'{"data_base64": "eyJwYXNzd29yZCI6ICJodW50ZXIyIn0="',
    ],
)
def test_a_body_that_may_hold_a_clear_secret_is_withheld(body: bytes) -> None:
    """However broken or disguised: what cannot be read cannot be trusted."""
    assert holds_clear_secret(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"account": "acme", "domain": "example.com"',
        b'{"password": ' + SEALED.encode() + b", ",
        b'{"pkcs12": {"key":"k1","sealed":"AAAA"}, "password":' + SEALED.encode(),
        json.dumps({"text": '{"password": ' + SEALED + "}"}).encode(),
        b'{"note": "the password is elsewhere"',
    ],
)
def test_any_other_body_is_kept(body: bytes) -> None:
    """A dead letter is of use only with its body."""
    assert not holds_clear_secret(body)


def test_a_body_too_large_to_be_searched_is_withheld() -> None:
    """Four megabytes are searched, no more."""
    assert not holds_clear_secret(b" " * LARGEST_SEARCHED)
    assert holds_clear_secret(b" " * (LARGEST_SEARCHED + 1))


def test_a_huge_hostile_body_is_judged_at_once() -> None:
    """No pattern here takes more than linear time; the timeout of the suite would end a quadratic one."""
    assert holds_clear_secret(b'"password":{"sealed":"' * 100_000)
    assert not holds_clear_secret(b"\\" * 1_000_000 + b'"passwor' * 100_000)
