"""The page that says what each figure counts names every one, and no other."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from graphql import GraphQLObjectType, build_schema
from prometheus_client.core import Metric

from core.delivery import DeliveryState
from core.delivery_figures import CauseCount, Count, Unreached
from core.jobs import Backlog
from core.link_shares import MailVerdict
from core.messages import Channel
from core.outage import Outage
from core.route_health import Health, Verdict
from core.unreached import Cause
from core.use_cases.report_deliveries import DeliveryReport
from core.workers_seen import WorkersSeen
from graphql_api.over_http.metrics import Figures
from graphql_api.schema.executable import sdl

PAGE = "docs/reference/figures.md"
NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
ASKED = {"deliveryRates": "DeliveryRate", "votersUnreached": "VotersUnreached"}
ASKED["routes"] = "RouteStanding"
SMS = Count(Channel.SMS, "AR", "south", "722-07", DeliveryState.DELIVERED, 11, 990_000)


def everything() -> list[Metric]:
    """All that `/metrics` can show, each with a sample."""
    report = DeliveryReport(
        [SMS],
        Unreached(1, 1, 1, (CauseCount(Cause.CAP, 3),), 1, 1),
        [Verdict("south", "AR", Health.FAILING, NOW)],
        {"south": 1},
        [MailVerdict("relay", "aol.com", Health.FAILING, NOW)],
    )
    outage = Outage("register", NOW, NOW, 3, "no answer")
    used, refused = {("abc", "consulat"): 1}, {("ORIGIN", "consulat"): 1}
    seen = WorkersSeen(1, NOW, (outage,))
    return [*Figures(report, Backlog(1, 1, 1), seen, used, refused).collect()]


def test_every_metric_stands_on_the_page_with_its_labels(read_page) -> None:
    """R32: whoever builds an alert knows what is counted; none is told of that is gone."""
    table = read_page(PAGE).text.partition("## At `/metrics`")[2]
    shown = {
        name: re.findall(r"`(\w+)`", labels)
        for name, labels in re.findall(r"^\| `(\w+)` \| (.*?) ?\|", table, re.MULTILINE)
    }
    samples = {}
    for metric in everything():
        assert metric.samples, f"{metric.name}: give the report above something to show"
        samples |= {each.name: list(each.labels) for each in metric.samples}
    assert shown == samples


def test_every_figure_of_dashboards_stands_on_the_page(read_page, root) -> None:
    """R32: as the schema has them."""
    table = read_page(PAGE).text.partition("## For dashboards")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    shown = [name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)]
    schema = build_schema((root / "docs/schema.graphql").read_text("utf-8"))
    fields = []
    for asked, name in ASKED.items():
        kind = schema.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        fields += [f"{asked}.{field}" for field in kind.fields]
    assert sorted(shown) == sorted(fields)


def test_every_figure_of_requests_stands_on_the_page(read_page) -> None:
    """R32: each field of the answer and of its cells, each step that is not plain, each stretch."""
    table = (
        read_page(PAGE).text.partition("## How a round's requests went")[2].partition("\n## ")[0]
    )
    shown = set(re.findall(r"`(?:recoveryStatistics)?\.?([\w.]+)`", table))
    schema = build_schema(sdl(operators=True))
    told = {"RecoveryStatistics": "", "StatisticsCell": "cells.", "RecoveryTimes": ""}
    for name, prefix in told.items():
        kind = schema.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        fields = {f"{prefix}{field}" for field in kind.fields} - {"roundId", "asOf"}
        assert fields <= shown, name
