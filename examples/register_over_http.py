"""Registers a domain over HTTP, prints the records to publish, and follows what Signet says of it until it is settled.

Standard library only:  SIGNET=http://127.0.0.1:8080 SIGNET_KEY=... python examples/register_over_http.py example.org
"""

import json
import os
import sys
import urllib.request
import uuid

BASE = os.environ.get("SIGNET", "http://127.0.0.1:8080")
SETTLED = ("verified", "expired", "refused", "removed")


def call(path: str, event: dict[str, object] | None = None) -> dict:
    """One request with our key; the answer's JSON."""
    request = urllib.request.Request(
        BASE + path,
        data=None if event is None else json.dumps(event).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['SIGNET_KEY']}",
            "Content-Type": "application/cloudevents+json",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def newest_cursor() -> str:
    """Where the feed ends now: what comes next is ours."""
    cursor = ""
    while True:
        page = call(f"/v1/events?limit=1000&after={cursor}")
        cursor = page["next"]
        if not page["events"]:
            return cursor


def main(domain: str) -> None:
    """Register, then follow."""
    cursor = newest_cursor()
    registered = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "urn:example:register_over_http",
        "type": "org.signet.domain.registered.v1",
        "data": {"account": "acme", "plan": "BUSINESS", "domain": domain},
    }
    print(call("/v1/events", registered)["status"])
    while True:
        page = call(f"/v1/events?wait=30&after={cursor}")
        cursor = page["next"]
        for event in page["events"]:
            if event.get("subject") != domain:
                continue
            name = event["type"].split(".")[3]
            print(name, event["data"].get("code", ""))
            for record in event["data"].get("records", ()):
                print("  ", record["type"], record["name"], record["value"])
            if name in SETTLED:
                return


if __name__ == "__main__":
    main(sys.argv[1])
