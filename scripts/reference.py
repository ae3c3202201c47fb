"""The reference pages as texts: settings, commands, the HTTP interface. For scripts/generate.py."""

import json
from typing import Any, Final

import typer
from typer.cli import get_docs_for_click

from infra.setting_values import shown
from infra.settings import PREFIX, Settings
from signet.commands import app
from web.app import create

SETTINGS: Final = """\
# Settings

Environment variables, read once at start. A wrong one stops the start with a sentence that says which and why.
Durations are written `90s`, `15m`, `48h` or `3d`; lists are separated by commas. `signet settings` shows the values
that hold on your machine.

| setting | default | meaning |
|---|---|---|
{rows}
"""
COMMANDS_TITLE: Final = "Commands"
STATUSES: Final = """
Exit status: 0 done or passed · 1 seen clearly and not (yet) so · 2 could not tell · 64 wrong usage, unreadable input,
a wrong setting · 70 our fault, or the database or broker is out of reach.
"""


def settings() -> str:
    """Every setting with its default and its meaning."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_code(shown(name, field.get_default(call_default_factory=True)))} "
        f"| {(field.description or '').replace('|', '&#124;')} |"
        for name, field in Settings.model_fields.items()
    ]
    return SETTINGS.format(rows="\n".join(rows))


def commands() -> str:
    """Every command as its own help says it."""
    command = typer.main.get_command(app)
    context: Any = command.make_context("signet", [], resilient_parsing=True)
    text = get_docs_for_click(obj=command, ctx=context, name="signet", title=COMMANDS_TITLE)
    head, title, rest = text.partition(f"# {COMMANDS_TITLE}\n")
    return f"{head}{title}{STATUSES}{rest}".rstrip() + "\n"


def openapi() -> str:
    """The HTTP interface, as FastAPI describes it. No request is served, so no services are needed."""
    nothing: Any = None
    document: dict[str, Any] = create(nothing, "0").openapi()
    document["info"]["version"] = "1"
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
