"""Pages for people: the first one, the interface's own, and the mailbox."""

import re

import httpx
import pytest

from tests.web.site import Site

MAIL = (
    b"From: Signet <no-reply@example.net>\r\nTo: owner@example.net\r\nSubject: <b>It works</b>\r\n"
    b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 7bit\r\n\r\nYour domain is proven.\r\n"
)


def test_the_mailbox_shows_what_was_written(site: Site) -> None:
    """To who sits at this machine; escaped, with nothing that runs."""
    with site.client() as client:
        assert "There is no mail yet" in client.get("/mailbox").text
        site.mailbox.deliver(MAIL, "no-reply@example.net", "owner@example.net", "notice")
        box = client.get("/mailbox")
        (link,) = re.findall(r'href="(/mailbox/[^"]+)"', box.text)
        letter = client.get(link)
        missing = client.get("/mailbox/00000000-0000-0000-0000-000000000000")

    assert "&lt;b&gt;It works&lt;/b&gt;" in box.text
    assert "Your domain is proven." in letter.text
    assert "script" not in letter.headers["Content-Security-Policy"]
    assert missing.status_code == 404


def test_the_first_page_leads_on(site: Site) -> None:
    """To what this is, and to every page a person may look at."""
    with site.client() as client:
        page = client.get("/")
        links = re.findall(r'href="(/[^"]*)"', page.text)
        answers = [client.get(link).status_code for link in links]

    assert links == ["/docs", "/mailbox", "/readyz"]
    assert answers == [200] * 3
    assert "script" not in page.text
    assert "script" not in page.headers["Content-Security-Policy"]


def test_the_interface_is_shown_without_any_outside_asset(site: Site) -> None:
    """/docs loads from us alone, and runs nothing that stands in the page itself."""
    with site.client() as client:
        page = client.get("/docs")
        assets = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', page.text)
        answers = [client.get(asset) for asset in assets]

    assert len(assets) == 4
    assert all(asset.startswith("/") and not asset.startswith("//") for asset in assets)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script>|<script [^>]*>[^<]", page.text)
    assert answers[0].headers["Cache-Control"] == "public, max-age=3600"
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["signet.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_the_mailbox_is_there_for_this_machine_alone(site: Site, host: str) -> None:
    """Asked for by another name it does not exist: a page elsewhere may have had that name turned to us."""
    with site.client() as client:
        for path in ("/mailbox", "/mailbox/00000000-0000-0000-0000-000000000000"):
            answer = client.get(path, headers={"Host": host})
            assert (answer.status_code, answer.json()["detail"]) == (404, "There is nothing here.")
        assert "/mailbox" not in client.get("/", headers={"Host": host}).text


def test_the_mailbox_is_not_there_for_who_comes_from_elsewhere(site: Site) -> None:
    """A proxy on this machine tells who that is."""
    answer = httpx.get(f"{site.url}/mailbox", headers={"X-Forwarded-For": "192.0.2.1"})

    assert answer.status_code == 404


def test_a_letter_cannot_leave_its_frame(site: Site) -> None:
    """What the mail holds stands in a frame with one right, whatever it holds: a link opens elsewhere."""
    hostile = b'<p>Hi</p>"></iframe><script>alert(1)</script>'
    mail = MAIL.replace(b"text/plain", b"text/html").replace(b"Your domain is proven.", hostile)
    site.mailbox.deliver(mail, "no-reply@example.net", "owner@example.net", "hostile")
    (known,) = site.mailbox.latest()

    with site.client() as client:
        page = client.get(f"/mailbox/{known.id}").text

    assert "<script" not in page
    assert page.count("<iframe") == page.count("</iframe") == 1
    assert re.search(r'<iframe [^>]*\bsandbox="allow-popups allow-popups-to-escape-sandbox" ', page)
    assert "alert(1)" in page
