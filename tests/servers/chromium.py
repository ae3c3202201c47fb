"""Chromium without a screen, driven by the W3C's WebDriver: what a person does with a page, while no script of it runs.

Nothing leaves the machine: every name but our own address leads nowhere.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import httpx

from tests.servers.daemon import Daemon, program
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # how WebDriver names a reference (section 12.1)
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # it refuses to start as root with one; the pages are ours
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
NO_SCRIPT = {"profile.managed_default_content_settings.javascript": 2}


class Screen(Enum):
    """What the page is read on: width and height in CSS pixels."""

    PHONE = (390, 844)
    DESKTOP = (1280, 900)


@dataclass(frozen=True, slots=True)
class Element:
    """Something on the page."""

    session: httpx.Client
    id: str

    @property
    def text(self) -> str:
        """What a person reads of it."""
        return str(_value(self.session.get(f"element/{self.id}/text")))

    @property
    def rectangle(self) -> Mapping[str, float]:
        """Where it is: `x`, `y`, `width`, `height`."""
        return dict(_value(self.session.get(f"element/{self.id}/rect")))

    def attribute(self, name: str) -> str | None:
        """The value of an attribute; None where it has none."""
        value = _value(self.session.get(f"element/{self.id}/attribute/{name}"))
        return None if value is None else str(value)

    def press(self) -> None:
        """Press it as a person does; fails where something lies over it."""
        _value(self.session.post(f"element/{self.id}/click", json={}))


@dataclass(frozen=True, slots=True)
class Browser:
    """One window."""

    session: httpx.Client

    def open(self, url: str) -> None:
        """Go there, and wait until the page is there."""
        _value(self.session.post("url", json={"url": url}))

    def reload(self) -> None:
        """Ask for the page again."""
        _value(self.session.post("refresh", json={}))

    def all(self, selector: str) -> list[Element]:
        """What fits a CSS selector."""
        found = _value(self.session.post("elements", json={"using": "css selector", "value": selector}))
        return [Element(self.session, one[ELEMENT]) for one in found]


@contextmanager
def chromium(screen: Screen) -> Iterator[Browser]:
    """A browser of its own, with nothing in it."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="signet-chromium-", ignore_cleanup_errors=True) as name:
        driver = Daemon(
            command=[program("chromedriver", "chromium-driver"), f"--port={port}"], log=Path(name) / "log"
        )
        driver.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                wait_until(lambda: _is_ready(client, driver), what="chromedriver is ready")
                made = _value(client.post("/session", json=_wanted(screen, Path(name))))
                with httpx.Client(
                    base_url=f"http://127.0.0.1:{port}/session/{made['sessionId']}/", timeout=60
                ) as session:
                    yield Browser(session)
                    _value(client.delete(f"/session/{made['sessionId']}"))
        finally:
            driver.kill9()


def _wanted(screen: Screen, folder: Path) -> Mapping[str, Any]:
    width, height = screen.value
    profile = f"--user-data-dir={folder / 'profile'}"
    options: dict[str, Any] = {
        "binary": program("chromium", "chromium"),
        "args": [*ARGUMENTS, profile, f"--window-size={width},{height}"],
        "prefs": NO_SCRIPT,
    }
    if screen is Screen.PHONE:
        # chromedriver taps by a script of its own, which waits for ever where scripts are off: so it presses.
        metrics = {"width": width, "height": height, "pixelRatio": 3.0, "mobile": True, "touch": False}
        options["mobileEmulation"] = {"deviceMetrics": metrics}
    return {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}


def _is_ready(client: httpx.Client, driver: Daemon) -> bool:
    driver.check_alive()
    try:
        return bool(_value(client.get("/status"))["ready"])
    except httpx.TransportError:
        return False


def _value(answer: httpx.Response) -> Any:
    value = answer.json()["value"]
    if answer.is_error:
        raise RuntimeError(f"{value['error']}: {value['message']}")
    return value
