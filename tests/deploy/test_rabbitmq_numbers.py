"""What alerts and panels ask of RabbitMQ: a node with the plugins that we enable answers it."""

import json
import re
from typing import Final

import httpx
import pika
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.house.source import ROOT
from tests.servers.ports import free_port
from tests.servers.rabbitmq import rabbitmq_server
from tests.servers.waiting import wait_until

DEPLOY: Final = ROOT / "deploy"
QUEUE: Final = "signet.intake.dead"

pytestmark = pytest.mark.long


def asked() -> set[str]:
    """Every number of RabbitMQ's that a rule or a panel names."""
    panels = json.loads((DEPLOY / "grafana" / "dashboards" / "signet.json").read_text())["panels"]
    shown = [target["expr"] for panel in panels for target in panel["targets"]]
    text = "\n".join([(DEPLOY / "prometheus" / "alerts.yml").read_text(), *shown])
    return set(re.findall(r"\brabbitmq_\w+", text))


def test_rabbitmq_tells_what_is_asked_of_it() -> None:
    """By queue, so that a dead letter is seen."""
    [job] = [
        job
        for job in yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
        if job["job_name"] == "rabbitmq"
    ]
    numbers, pages = free_port(), free_port()
    url = f"http://127.0.0.1:{numbers}{job['metrics_path']}"

    def told() -> dict[str, float]:
        answer = httpx.get(url, params=job["params"], timeout=10)
        return {
            sample.name: sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
            if sample.labels.get("queue") == QUEUE
        }

    with rabbitmq_server(
        plugins=(DEPLOY / "rabbitmq" / "enabled_plugins").read_text(),
        configuration=f"prometheus.tcp.port = {numbers}\nprometheus.tcp.ip = 127.0.0.1\n"
        f"management.tcp.port = {pages}\nmanagement.tcp.ip = 127.0.0.1\n",
    ) as server:
        with pika.BlockingConnection(pika.URLParameters(server.url)) as connection:
            channel = connection.channel()
            channel.queue_declare(QUEUE, durable=True)
            channel.basic_publish("", QUEUE, b"{}")
            connection.process_data_events(0)

        wait_until(lambda: told().get("rabbitmq_detailed_queue_messages") == 1, what="the letter is counted")

        assert asked()
        assert asked() - told().keys() == set()
