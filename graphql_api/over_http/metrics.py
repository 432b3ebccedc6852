"""`/metrics`: how messages fare and what waits, in Prometheus' text format (R32).

Countries, mailbox domains, routes and operators are labels; nothing is told about one voter.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import DependencyFailure
from core.jobs import Backlog
from core.spending import MILLIONTHS
from core.use_cases.report_deliveries import DeliveryReport
from core.web_address import is_loopback
from core.workers_seen import WorkersSeen

PASSED_ON = ("x-forwarded-for", "x-real-ip", "forwarded", "via")
"""Headers of a proxy: anyone who is behind it is not on this machine."""
Look = Callable[[], Awaitable[tuple[DeliveryReport, Backlog, WorkersSeen]]]
"""Reads what the page shows; raises `StoreUnavailable`."""


Uses = Callable[[], Mapping[tuple[str, str], int]]
"""How often each trusted document was used in this process, by id and partner."""


Refused = Callable[[], Mapping[tuple[str, str], int]]
"""How often callers were refused in this process, by reason and partner."""


def metrics_routes(
    look: Look, uses: Uses, token: str, refused: Refused = dict[tuple[str, str], int]
) -> list[Route]:
    """The page; with an empty `token` it is for callers on this machine."""

    async def metrics(request: Request) -> Response:
        if not _may_look(request, token):
            return JSONResponse({"errors": [{"message": "not for you"}]}, 403)
        try:
            found = Figures(*await look(), uses(), refused())
        except DependencyFailure as failure:
            return JSONResponse({"errors": [{"message": failure.dependency}]}, 503)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(found)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics)]


def _may_look(request: Request, token: str) -> bool:
    if token:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if request.client is None or any(name in request.headers for name in PASSED_ON):
        return False
    return is_loopback(request.client.host)


class Figures(Collector):
    """One report as metrics."""

    def __init__(
        self,
        report: DeliveryReport,
        backlog: Backlog,
        workers: WorkersSeen,
        uses: Mapping[tuple[str, str], int],
        refused: Mapping[tuple[str, str], int],
    ) -> None:
        self._report = report
        self._backlog = backlog
        self._workers = workers
        self._uses, self._refused = uses, refused

    def collect(self) -> Iterable[Metric]:
        yield from self._messages()
        yield from self._unreached()
        yield self._routes()
        yield self._mail_routes()
        yield self._untied()
        yield self._jobs()
        yield self._living()
        yield self._outages()
        yield self._documents()
        yield self._refusals()

    def _messages(self) -> Iterable[Metric]:
        labels = ["channel", "destination", "route", "operator", "state"]
        messages = GaugeMetricFamily(
            "reassort_messages", "Messages of the watched window, by state.", labels=labels
        )
        cost = GaugeMetricFamily(
            "reassort_messages_cost",
            "What they cost, in the currency of the routes.",
            labels=labels,
        )
        for each in self._report.counts:
            values = [each.channel.value, each.destination, each.route, each.operator, each.state]
            messages.add_metric(values, each.messages)
            cost.add_metric(values, each.cost / MILLIONTHS)
        yield messages
        yield cost

    def _unreached(self) -> Iterable[Metric]:
        voters = GaugeMetricFamily(
            "reassort_voters_unreached",
            "Voters without a password, or a link, that is known to have reached them.",
            labels=["why"],
        )
        found = self._report.unreached
        for why in ("waiting", "lost", "links"):
            voters.add_metric([why], getattr(found, why))
        causes = GaugeMetricFamily(
            "reassort_voters_unreached_causes",
            "The same voters, by what stands in the way.",
            labels=["cause"],
        )
        for each in found.causes:
            causes.add_metric([each.cause], each.voters)
        apart = GaugeMetricFamily(
            "reassort_voters_apart",
            "Voters of whom it is not known whether they are reached.",
            labels=["why"],
        )
        for why in ("receipts_not_expected", "links_not_taken"):
            apart.add_metric([why], getattr(found, why))
        return [voters, causes, apart]

    def _routes(self) -> Metric:
        fallen = GaugeMetricFamily(
            "reassort_route_fallen",
            "1 while a route delivers too little in a country.",
            labels=["route", "country"],
        )
        for each in self._report.verdicts:
            fallen.add_metric([each.route, each.country], each.health == "failing")
        return fallen

    def _mail_routes(self) -> Metric:
        fallen = GaugeMetricFamily(
            "reassort_mail_route_fallen",
            "1 while the links that a mail route carries to a mailbox domain are not used.",
            labels=["route", "domain"],
        )
        for each in self._report.mail_verdicts:
            fallen.add_metric([each.route, each.domain], each.health == "failing")
        return fallen

    def _untied(self) -> Metric:
        untied = GaugeMetricFamily(
            "reassort_receipts_untied",
            "Receipts of the watched window that tie to no SMS.",
            labels=["route"],
        )
        for route, receipts in self._report.untied.items():
            untied.add_metric([route], receipts)
        return untied

    def _documents(self) -> Metric:
        used = CounterMetricFamily(
            "reassort_documents_used",
            "Uses of trusted documents, in this process.",
            labels=["document", "partner"],
        )
        for (document, partner), count in self._uses.items():
            used.add_metric([document, partner], count)
        return used

    def _refusals(self) -> Metric:
        refused = CounterMetricFamily(
            "reassort_refusals",
            "Calls that were refused, in this process.",
            labels=["reason", "partner"],
        )
        for (reason, partner), count in sorted(self._refused.items()):
            refused.add_metric([reason, partner], count)
        return refused

    def _jobs(self) -> Metric:
        jobs = GaugeMetricFamily("reassort_jobs", "Jobs in the queue.", labels=["state"])
        jobs.add_metric(["waiting"], self._backlog.waiting)
        jobs.add_metric(["late"], self._backlog.late)
        jobs.add_metric(["dead"], self._backlog.dead)
        return jobs

    def _living(self) -> Metric:
        return GaugeMetricFamily(
            "reassort_workers", "Workers that live.", value=self._workers.living
        )

    def _outages(self) -> Metric:
        since = GaugeMetricFamily(
            "reassort_neighbour_down_since_seconds",
            "Since when a neighbour does nothing but fail (Unix time); absent while it answers.",
            labels=["neighbour"],
        )
        for each in self._workers.outages:
            since.add_metric([each.neighbour], each.since.timestamp())
        return since
