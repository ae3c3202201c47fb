"""What the interface says of itself is what it does: schemathesis asks it everything that its description allows."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.web.site import CLOUDEVENT, Site, registration

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,unsupported_method,allow_header_conformance,ignored_auth"
)
SECONDS = 10


@pytest.mark.timeout(180)
def test_the_interface_does_what_it_says(site: Site, tmp_path: Path) -> None:
    """Whatever is sent, the status, the media type, the headers and the form of the answer are those described."""
    key = site.key(rights=("publish", "read", "ops"))
    with site.client(key) as client:
        client.post("/v1/events", json=registration(), headers=CLOUDEVENT)
    site.number_events()
    command = [
        *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
        *("run", f"{site.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {key}"),
        *("--checks", CHECKS),
        *("--max-time", str(SECONDS)),
        *("--seed", "1"),
        *("--suppress-health-check", "all"),
        *("--warnings", "off"),
        "--continue-on-failure",
        "--no-color",
    ]

    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=150, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_operation_says_how_it_can_go_wrong(site: Site) -> None:
    """Problems under their own media type; who may ask is said; nothing of FastAPI's own errors is left."""
    described = httpx.get(f"{site.url}/openapi.json").json()
    operations = {
        f"{method} {path}": one for path, ways in described["paths"].items() for method, one in ways.items()
    }

    assert operations.keys() == {
        "post /v1/events",
        "get /v1/events",
        "get /v1/sealing-key",
        "get /v1/domains",
        "get /v1/domains/{domain_id}",
        "get /v1/domains/{domain_id}/keys",
        "get /v1/domains/{domain_id}/records.{form}",
        "get /v1/smtp",
        "get /v1/smtp/{smtp_id}",
        "get /v1/certificates",
        "get /v1/certificates/{certificate_id}",
        "get /v1/addresses",
        "get /v1/addresses/{address_id}",
        "post /v1/smtp/check",
        "get /healthz",
        "get /readyz",
        "get /metrics",
    }
    without_key = {"get /healthz", "get /readyz", "get /v1/sealing-key"}
    for name, operation in operations.items():
        assert ("security" in operation) == (name not in without_key), name
        assert {"405", "500"} <= operation["responses"].keys(), name
        problems = [
            one
            for status, one in operation["responses"].items()
            if status >= "4" and (name, status) != ("get /readyz", "503")
        ]
        assert all(set(one["content"]) == {"application/problem+json"} for one in problems), name
    assert "HTTPValidationError" not in described["components"]["schemas"]
