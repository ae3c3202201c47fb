"""As what octets a password is tried."""

from infra.x509.passwords import candidates


def test_a_password_of_ascii_has_one_form() -> None:
    """Nothing is tried in vain."""
    assert candidates("secret", 6144) == [b"secret"]


def test_an_empty_password_may_be_none_at_all() -> None:
    """Programs differ (RFC 7292, appendix B.1)."""
    assert candidates("", 6144) == [b"", None]


def test_a_czech_password_is_tried_as_it_is_meant_first() -> None:
    """In NFC, whatever it came in; then as old programs took it from a terminal."""
    tried = candidates("z\u030cluť", 6144)

    assert tried[0] == "žluť".encode()
    assert "\u00be\u006c\u0075\u00bb".encode() in tried  # ISO 8859-2 read as ISO 8859-1
    assert "\u009e\u006c\u0075\u009d".encode() in tried  # Windows-1250 read so
    assert "žluť".encode().decode("latin-1").encode() in tried
    assert len(set(tried)) == len(tried) == 6


def test_what_no_old_set_has_is_not_tried_in_it() -> None:
    """Only the forms that there are."""
    assert candidates("パスワード", 6144)[0] == "パスワード".encode()
    assert len(candidates("ナ", 6144)) == 2


def test_an_expensive_file_is_tried_less_often() -> None:
    """All tries together stay within what one file may ask for."""
    assert len(candidates("žluť", 900_000)) == 2
    assert len(candidates("žluť", 2_000_000)) == 1
