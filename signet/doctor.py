"""`signet doctor`: what works, what does not, what to do; `--invariants`: whether everything stored fits together."""

from typing import Annotated, Final

import typer

from signet.ending import Ended, Status
from signet.installation import quiet, settings
from signet.screen import present, print_json, say, side, table, worded
from workers import bootstrap
from workers.bootstrap import Check, Health, Settings

ADVICE: Final = "\nWhat to do:\n"


def doctor(
    *,
    invariants: Annotated[
        bool,
        typer.Option(
            "--invariants", help="Also check what is stored: everything accepted, told and sent once."
        ),
    ] = False,
    free: Annotated[
        bool, typer.Option("--free", help="Let what was parked after five failures run again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Look whether database, broker, DNS, relay and clock work. Leaves with 1 broken, 2 could not be tested."""
    chosen = settings()
    quiet(chosen)
    if free:
        _free(chosen)
    with side().status("Looking …"):
        checks = list(bootstrap.checkup(chosen))
        violations = _violations(chosen) if invariants else []
    if as_json:
        print_json({"checks": [_item(check) for check in checks], "violations": violations})
    else:
        _show(checks, violations, invariants=invariants)
    raise Ended(_status(checks, violations))


def _free(chosen: Settings) -> None:
    with bootstrap.opened_database(chosen, role="doctor", pool=1) as engine:
        say(f"{bootstrap.free_parked(engine)} parked things run again.")


def _violations(chosen: Settings) -> list[dict[str, str]]:
    with bootstrap.opened_database(chosen, role="doctor", pool=1) as engine:
        found = bootstrap.check_invariants(engine)
    return [{"rule": one.rule, "subject": one.subject} for one in found]


def _show(checks: list[Check], violations: list[dict[str, str]], *, invariants: bool) -> None:
    rows = [(check.part, worded(check.health), check.seen) for check in checks]
    present(table(("Part", "State", "What was seen"), rows))
    advice = [f"  {check.part}: {check.advice}" for check in checks if check.advice]
    if advice:
        say(ADVICE + "\n".join(advice))
    if invariants:
        for one in violations:
            say(f"Does not hold: {one['rule']} ({one['subject']})", "red")
        if not violations:
            say("\nEverything stored fits together.")


def _status(checks: list[Check], violations: list[dict[str, str]]) -> Status:
    states = {check.health for check in checks}
    if violations or Health.BROKEN in states:
        return Status.NOT_SO
    return Status.UNSURE if Health.UNTESTED in states else Status.DONE


def _item(check: Check) -> dict[str, str]:
    return {"part": check.part, "state": check.health, "seen": check.seen, "advice": check.advice}
