"""Which octets are JSON, and what is said of those that are not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.strict_json import NotStrictJson, parse_json

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_what_json_writes_is_read_back(value: object) -> None:
    """Strict takes nothing away from sound JSON."""
    assert parse_json(json.dumps(value).encode(), deepest=99) == value


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "cannot be read beyond character 0"),
        (b'{"a": 1', "cannot be read beyond character 7"),
        (b'{"a": "secret', "cannot be read beyond character 6"),
        (b'{"a": 1} x', "cannot be read beyond character 9"),
        (b'{"a": "\x01"}', "cannot be read"),
        (b"\xff\xfe", "not UTF-8 at octet 0"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b"\xef\xbb\xbf{}", "cannot be read beyond character 0"),
        (b'{"a": 1, "a": 1}', "same name twice"),
        (b'[{"b": {"a": 1, "\\u0061": 2}}]', "same name twice"),
        (b"NaN", "NaN or Infinity"),
        (b"[-Infinity]", "NaN or Infinity"),
        (b"1e999", "too large"),
        (b"-1e999", "too large"),
        (b"1" * 5000, "too many digits"),
        (b"[" * 17 + b"]" * 17, "deeper than 16"),
        (b'{"a":' * 17 + b"1" + b"}" * 17, "deeper than 16"),
        (b"[" * 262_144, "deeper than 16"),
        (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, "deeper than 16"),
    ],
)
def test_other_octets_are_refused_with_a_reason_that_quotes_nothing(octets: bytes, reason: str) -> None:
    """The reason ends up in logs and headers, where nothing of the body may stand."""
    with pytest.raises(NotStrictJson, match=reason) as caught:
        parse_json(octets)

    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "octets",
    [
        b"[" * 16 + b"]" * 16,
        b'{"a":' * 16 + b"1" + b"}" * 16,
        b"[" + b"[]," * 100 + b"{}]",
        b'"' + b"[{" * 50 + b'"',
    ],
)
def test_sixteen_levels_are_not_too_deep(octets: bytes) -> None:
    """Depth is counted, not brackets."""
    assert parse_json(octets) == json.loads(octets)


@given(st.binary())
def test_whatever_the_octets_they_are_json_or_refused(octets: bytes) -> None:
    """Nothing else is ever raised."""
    try:
        value = parse_json(octets)
    except NotStrictJson:
        return
    assert json.loads(octets.decode()) == value
