"""/metrics: who may read it, and what it tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from app.core import heartbeats, queue
from app.core.db import db
from app.core.queue import Queue
from app.core.redis_client import connect
from app.core.runs.models import Run
from tests.support.client import CheckingClient
from tests.support.redis_servers import NOWHERE


def samples(browser: CheckingClient, **kwargs: object) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    response = browser.get("/metrics", **kwargs)
    assert response.status_code == 200
    families = text_string_to_metric_families(response.get_data(as_text=True))
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(found: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


@pytest.fixture
def with_token(app: Flask) -> Iterator[None]:
    config = app.config["TOMORU"]
    app.config["TOMORU"] = replace(config, metrics_token="let the scraper in")
    yield
    app.config["TOMORU"] = config


def test_without_a_token_this_machine_alone_may_read(browser: CheckingClient) -> None:
    assert browser.get("/metrics").status_code == 200
    assert browser.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_a_proxy_on_this_machine_is_not_this_machine(browser: CheckingClient, header: str) -> None:
    assert browser.get("/metrics", headers={header: "203.0.113.9"}).status_code == 404


@pytest.mark.usefixtures("with_token")
def test_with_a_token_its_bearer_alone_may_read(browser: CheckingClient) -> None:
    assert browser.get("/metrics").status_code == 404
    assert browser.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    far = {"REMOTE_ADDR": "203.0.113.9"}
    answer = browser.get("/metrics", headers={"Authorization": "Bearer let the scraper in"}, environ_base=far)
    assert answer.status_code == 200


def test_requests_are_counted_by_endpoint_and_status(browser: CheckingClient) -> None:
    labels = {"endpoint": "healthz", "method": "GET", "status": "200"}
    before = value(samples(browser), "tomoru_requests_total", **labels)
    browser.get("/healthz?secret=1")
    found = samples(browser)
    assert value(found, "tomoru_requests_total", **labels) == before + 1
    assert value(found, "tomoru_request_seconds_count", endpoint="healthz", method="GET") >= 1
    assert not any("secret" in str(key) for key in found)


def test_unknown_addresses_share_one_endpoint(browser: CheckingClient) -> None:
    browser.get("/no/such/page")
    found = samples(browser)
    assert value(found, "tomoru_requests_total", endpoint="unknown", method="GET", status="404") >= 1


def test_queues_runs_and_processes_are_told(browser: CheckingClient) -> None:
    queue.wake("core.due.sweep")
    queue.wake("core.due.sweep", delay=60)
    db.session.add_all([Run(kind="lamps", subject_id=1), Run(kind="lamps", subject_id=2, state="failed")])
    db.session.commit()
    heartbeats.beat_once("here:1:worker.bulk", "worker.bulk", db.engine)
    found = samples(browser)
    assert value(found, "tomoru_queue_messages", queue=Queue.BULK.value, delayed="no") == 1
    assert value(found, "tomoru_queue_messages", queue=Queue.BULK.value, delayed="yes") == 1
    assert value(found, "tomoru_runs", kind="lamps", state="queued") == 1
    assert value(found, "tomoru_runs", kind="lamps", state="failed") == 1
    assert value(found, "tomoru_process_alive", kind="worker.bulk") == 1
    assert value(found, "tomoru_process_alive", kind="scheduler") == 0
    assert value(found, "tomoru_sources_away") == 0


def test_a_store_that_is_away_costs_only_its_own_figures(
    browser: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue.broker, "client", connect(NOWHERE))
    monkeypatch.setattr(
        queue.broker,
        "scripts",
        {name: queue.broker.client.register_script(s.script) for name, s in queue.broker.scripts.items()},
    )
    found = samples(browser)
    # The lengths of the queues, and the counters of due rows.
    assert value(found, "tomoru_sources_away") == 2
    assert value(found, "tomoru_process_alive", kind="worker.bulk") == 0
