"""What is watched for operators, and whom an alert reaches."""

from __future__ import annotations

from datetime import timedelta

from core.alert import AlertTerms
from core.alert_notice import Recipient
from core.delivery_figures import AlertRule
from core.ports.alert_webhook import AlertWebhook
from core.use_cases.answer_alerts import AnswerAlerts
from core.use_cases.dispatch_email import DispatchEmail
from core.use_cases.raise_alerts import RaiseAlerts
from core.use_cases.send_alert import SendAlert
from core.use_cases.watch_alerts import WatchAlerts
from core.voter import EmailAddress
from graphql_api.settings import Settings, read_webhook_secrets

from .email import relays_of
from .jobs import Jobs
from .ports import Ports


def watch_alerts(settings: Settings, ports: Ports, jobs: Jobs, by_heartbeats: bool) -> WatchAlerts:
    """`by_heartbeats`: whether processes leave any."""
    store, clock = ports.store, ports.clock
    raising = RaiseAlerts(
        store.begin,
        store.read,
        clock,
        ports.randomness,
        alert_terms(settings),
        recipients_of(settings),
    )
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
        unreached_untold=settings.alert_unreached_untold,
        doubt=settings.alert_doubt,
    )


def alert_terms(settings: Settings) -> AlertTerms:
    return AlertTerms(
        timedelta(seconds=settings.alert_calm),
        timedelta(seconds=settings.alert_reopens),
        timedelta(seconds=settings.alert_repeat),
    )


def answer_alerts(settings: Settings, ports: Ports) -> AnswerAlerts:
    store, recipients = ports.store, recipients_of(settings)
    reading = (store.begin, store.read, ports.clock, ports.events)
    return AnswerAlerts(*reading, recipients, alert_terms(settings))


def send_alert(settings: Settings, ports: Ports) -> SendAlert:
    """With relays and circuits of its own: what keeps voters' e-mails waiting keeps no alert."""
    read, relays = ports.store.read, relays_of(settings, ports.email)
    dispatch = DispatchEmail(read, relays, settings.mail_table, ports.clock)
    return SendAlert(read, _addresses(settings), _webhook(settings, ports), dispatch, ports.clock)


def recipients_of(settings: Settings) -> frozenset[Recipient]:
    """Whom the settings name."""
    webhook = {Recipient.WEBHOOK} if settings.alert_webhook_url else set[Recipient]()
    return frozenset({*_addresses(settings), *webhook})


def _addresses(settings: Settings) -> dict[Recipient, EmailAddress]:
    named = {
        Recipient.FIRST: settings.alert_email,
        Recipient.SECOND: settings.alert_second_email,
    }
    return {each: EmailAddress.parse(text) for each, text in named.items() if text}


def _webhook(settings: Settings, ports: Ports) -> AlertWebhook | None:
    if not settings.alert_webhook_url:
        return None
    from adapters.alert_webhook import HttpAlertWebhook

    secrets = read_webhook_secrets(settings.alert_webhook_secrets.get_secret_value())
    return HttpAlertWebhook(settings.alert_webhook_url, secrets, ports.http, ports.clock)
