"""What a mail says of the panel of the owner's DNS provider."""

import html
import re

import pytest

from domain.diagnosis import Code
from domain.notice import NoticeContent, NoticeKind
from domain.verdict import Finding
from tests.infra.mail.letters import a_notice, at_panel, body, composed, findings

ASKING = (NoticeKind.DOMAIN_WAITING, NoticeKind.DOMAIN_EXPIRED)


def read(content: NoticeContent, form: str = "plain") -> str:
    """The words of a mail in a row, as a person reads them."""
    told = body(composed(content), form)
    return " ".join((html.unescape(re.sub("<[^>]+>", "", told)) if form == "html" else told).split())


def missing() -> tuple[Finding, ...]:
    """One record is missing in a zone that a known provider runs."""
    return at_panel(findings(Code.RECORD_MISSING, None))


@pytest.mark.parametrize("kind", ASKING)
@pytest.mark.parametrize("form", ["plain", "html"])
@pytest.mark.parametrize(
    ("locale", "fields", "short"),
    [
        ("en", "into the field “Host”", "Enter only {} as the name: Panel & Sons adds .example.org"),
        ("cs", "do pole „Host“", "zadejte jen {}: .example.org k němu Panel & Sons doplní"),
    ],
)
def test_an_owner_is_told_what_the_panel_asks_for(
    kind: NoticeKind, form: str, locale: str, fields: str, short: str
) -> None:
    """How its fields are called, and what it does by itself; in the words of the reader."""
    told = read(a_notice(kind, missing(), locale=locale), form)

    assert fields in told
    assert short.format("sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa._domainkey") in told
    assert "https://help.panel.example/dns" in told


@pytest.mark.parametrize("form", ["plain", "html"])
def test_advice_that_a_panel_does_not_take_gives_way_to_what_it_takes(form: str) -> None:
    """Somebody who is told to add a dot, where none may stand, is sent round in a circle."""
    found = findings(Code.TARGET_ORIGIN_APPENDED, None, seen=("x.example",))

    at_home, at_the_panel = (read(a_notice(found=one), form) for one in (found, at_panel(found)))

    assert "Add a dot" in at_home
    assert "Add a dot" not in at_the_panel
    assert "with no dot at its end" in at_the_panel


def test_where_the_panel_cannot_help_it_is_not_spoken_of() -> None:
    """Of silent name servers, or where all is well."""
    assert "Panel & Sons" not in read(a_notice(found=at_panel(findings(Code.TIMEOUT, None))))
