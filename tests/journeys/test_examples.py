"""What stands in examples/ runs as it is printed."""

import os
import subprocess
import sys
from pathlib import Path

from tests.journeys.command import SIGNET
from tests.servers.knot import knot_server
from tests.servers.waiting import PATIENCE
from tests.web.site import Site

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_records_of_the_readme_are_looked_at() -> None:
    """One record is there, the other is not: clearly not yet, and the advice names the missing one."""
    zone = (
        "sg1-abcdefghijklmnopqrstuvwxyz._domainkey CNAME sg1-abcdefghijklmnopqrstuvwxyz.dkim.signet.example."
    )
    with knot_server({"example.org": zone}) as knot:
        looked = subprocess.run(
            [
                SIGNET,
                "check",
                "example.org",
                "--records",
                EXAMPLES / "records.json",
                "--resolver",
                f"{knot.address}:{knot.port}",
                "--authority-port",
                str(knot.port),
            ],
            env=os.environ | {"SIGNET_EGRESS_ALLOW": "127.0.0.0/8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60 * PATIENCE,
        )

    assert looked.returncode == 1, looked.stderr
    assert "sg2-zyxwvutsrqponmlkjihgfedcba._domainkey.example.org" in looked.stdout


def test_a_domain_is_registered_over_http_by_a_script_without_any_library(site: Site) -> None:
    """Until it is settled; here it is refused at once, for it is no domain of one's own."""
    environment = os.environ | {"SIGNET": site.url, "SIGNET_KEY": site.key()}
    command = [sys.executable, str(EXAMPLES / "register_over_http.py"), "gmail.com"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as script:
        assert script.stdout is not None
        assert script.stdout.readline() == "accepted\n"
        site.number_events()
        said = script.stdout.read()

    assert script.returncode == 0
    assert said == "refused domain.freemail\n"
