"""What is watched for operators, and whom an alert reaches."""

from __future__ import annotations

from datetime import timedelta

from core.alert import AlertTerms
from core.delivery_figures import AlertRule
from core.use_cases.raise_alerts import RaiseAlerts
from core.use_cases.watch_alerts import WatchAlerts
from graphql_api.settings import Settings

from .jobs import Jobs
from .ports import Ports


def watch_alerts(settings: Settings, ports: Ports, jobs: Jobs, by_heartbeats: bool) -> WatchAlerts:
    """`by_heartbeats`: whether processes leave any."""
    store, clock = ports.store, ports.clock
    raising = RaiseAlerts(store.begin, store.read, clock, ports.randomness, alert_terms(settings))
    return WatchAlerts(
        store.read,
        jobs.backlog,
        raising,
        ports.events,
        alert_rule(settings),
        timedelta(seconds=settings.alert_without_worker),
        settings.calendar,
        clock,
        settings.bounces_read,
        by_heartbeats,
    )


def alert_rule(settings: Settings) -> AlertRule:
    return AlertRule(
        window=timedelta(seconds=settings.alert_window),
        share=settings.alert_below,
        sample=settings.alert_sample,
        patience=timedelta(seconds=settings.alert_patience),
        unreached=settings.alert_unreached,
        untied=settings.alert_untied,
        late=timedelta(seconds=settings.alert_late),
        dead=settings.alert_dead,
    )


def alert_terms(settings: Settings) -> AlertTerms:
    return AlertTerms(
        timedelta(seconds=settings.alert_calm),
        timedelta(seconds=settings.alert_reopens),
        timedelta(seconds=settings.alert_repeat),
    )
