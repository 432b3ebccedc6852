"""`/metrics` and `reassort deliveries`: what operators see of messages and jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from core.delivery import DeliveryState
from core.delivery_figures import CauseCount, Count, Unreached, without_rare_domains
from core.errors import StoreUnavailable
from core.jobs import Backlog
from core.link_shares import MailVerdict
from core.messages import Channel
from core.outage import Outage
from core.route_health import Health, Verdict
from core.unreached import Cause
from core.use_cases.report_deliveries import DeliveryReport
from core.workers_seen import WorkersSeen
from graphql_api.cli import cli
from graphql_api.over_http.metrics import Figures

SMS = Count(Channel.SMS, "AR", "south", "722-07", DeliveryState.DELIVERED, 11, 990_000)


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels' values."""
    return {
        (each.name, *each.labels.values()): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


async def test_a_renewal_is_seen(open_portal, camille):
    """R32: e-mails by state, the SMS by country and route, nothing waiting, nobody unreached."""
    portal = await open_portal(client="127.0.0.1")
    await portal.confirm(await portal.token(), camille.identifier)
    await portal.work()
    answer = await portal.http.get("/metrics")
    found = samples(answer.text)
    assert answer.headers["content-type"].startswith("text/plain")
    assert found["reassort_messages", "sms", "FR", "", "inbox", "accepted"] == 1
    assert found["reassort_messages", "email", "other", "", "inbox", "accepted"] == 2
    assert found["reassort_voters_unreached", "waiting"] == 0
    assert found["reassort_jobs", "waiting"] == found["reassort_jobs", "dead"] == 0
    assert camille.email not in answer.text
    assert camille.numic not in answer.text


async def test_jobs_that_wait_are_seen(open_portal, camille):
    """R32: a gateway without a worker shows."""
    portal = await open_portal(client="127.0.0.1")
    await portal.request()
    found = samples((await portal.http.get("/metrics")).text)
    assert (found["reassort_jobs", "waiting"], found["reassort_jobs", "late"]) == (1, 0)


CAUSES = (CauseCount(Cause.CAP, 90), CauseCount(Cause.LINK_BOUNCED, 2))
UNREACHED = Unreached(89, 1, 2, CAUSES, 7, 8)


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.7", {}, 403),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.7"}, 403),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.7"}, 403),
        ("testclient", {}, 403),
    ],
)
async def test_without_a_token_only_this_machine_may_look(open_portal, client, headers, status):
    """R32, R42: and nobody behind a proxy on this machine."""
    portal = await open_portal(client=client)
    assert (await portal.http.get("/metrics", headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("given", "status"), [("", 403), ("Bearer wrong", 403), ("Bearer t0ken", 200)]
)
async def test_with_a_token_whoever_has_it_may_look(open_portal, given, status):
    """R42: from wherever; this machine is no exception then."""
    portal = await open_portal(client="127.0.0.1", metrics_token="t0ken")
    headers = {"Authorization": given} if given else {}
    assert (await portal.http.get("/metrics", headers=headers)).status_code == status


async def test_a_database_that_is_away_is_said(open_portal, monkeypatch):
    """R29: 503, without a word of what went wrong inside."""
    portal = await open_portal(client="127.0.0.1")

    async def away(*_):
        raise StoreUnavailable("secret host name")

    monkeypatch.setattr(type(portal.application.report_deliveries), "__call__", away)
    answer = await portal.http.get("/metrics")
    assert (answer.status_code, "secret" in answer.text) == (503, False)


def test_all_that_is_told():
    """R32: costs in the routes' currency, fallen routes, late jobs, uses of trusted documents."""
    verdicts = [
        Verdict("south", "AR", Health.FAILING, datetime(2027, 6, 5, tzinfo=UTC)),
        Verdict("south", "FR", Health.SOUND, datetime(2027, 6, 5, tzinfo=UTC)),
    ]
    since = datetime(2027, 6, 5, tzinfo=UTC)
    mail = [
        MailVerdict("own", "aol.com", Health.FAILING, since),
        MailVerdict("own", "example.org", Health.SOUND, since),
    ]
    report = DeliveryReport([SMS], UNREACHED, verdicts, {"south": 12}, mail)
    figures = Figures(
        report,
        Backlog(5, 4, 1),
        WorkersSeen(2, None, (Outage("route south", since, since, 3, "timeout"),)),
        {("renew", "consulat"): 7},
        {("unknown_link", ""): 3},
    )
    found = {
        (each.name, *each.labels.values()): each.value
        for metric in figures.collect()
        for each in metric.samples
    }
    assert found["reassort_messages_cost", "sms", "AR", "south", "722-07", "delivered"] == 0.99
    unreached = [found["reassort_voters_unreached", why] for why in ("waiting", "lost", "links")]
    assert unreached == [89, 1, 2]
    assert found["reassort_voters_unreached_causes", "cap"] == 90
    assert found["reassort_voters_apart", "receipts_not_expected"] == 7
    assert found["reassort_voters_apart", "links_not_taken"] == 8
    assert found["reassort_route_fallen", "south", "AR"] == 1
    assert found["reassort_route_fallen", "south", "FR"] == 0
    assert found["reassort_mail_route_fallen", "own", "aol.com"] == 1
    assert found["reassort_mail_route_fallen", "own", "example.org"] == 0
    assert found["reassort_receipts_untied", "south"] == 12
    assert found["reassort_jobs", "late"] == 4
    assert found["reassort_workers",] == 2
    assert found["reassort_neighbour_down_since_seconds", "route south"] == since.timestamp()
    assert found["reassort_documents_used_total", "renew", "consulat"] == 7
    assert found["reassort_refusals_total", "unknown_link", ""] == 3


def test_a_mailbox_domain_of_few_messages_is_not_named():
    """R42, R44: it could be one person's, and would say that this person asked."""

    def email(domain, messages, state=DeliveryState.ACCEPTED):
        return Count(Channel.EMAIL, domain, "smtp", "", state, messages)

    counts = [
        email("example.org", 15),
        email("example.org", 5, DeliveryState.FAILED),
        email("martin.example", 1),
        email("bernard.example", 2),
        SMS,
    ]
    assert set(without_rare_domains(counts, 20)) == {
        email("example.org", 15),
        email("example.org", 5, DeliveryState.FAILED),
        email("other", 3),
        SMS,
    }


async def test_the_command_shows_the_worst_first(open_portal, camille, monkeypatch):
    """R32: rates with counts and cost, routes that fell, and the voters unreached."""
    portal = await open_portal()
    lost = replace(SMS, state=DeliveryState.FAILED, messages=89, operator="722-34")
    verdict = Verdict("south", "AR", Health.FAILING, datetime(2027, 6, 5, tzinfo=UTC))
    email = Count(Channel.EMAIL, "", "smtp", "", DeliveryState.QUEUED, 4)
    untied = {"south": 1200}
    mail = [MailVerdict("own", "aol.com", Health.FAILING, datetime(2027, 6, 5, tzinfo=UTC))]
    report = DeliveryReport([SMS, lost, email], UNREACHED, [verdict], untied, mail)

    async def reported(*_):
        return report

    monkeypatch.setattr(type(portal.application.report_deliveries), "__call__", reported)
    monkeypatch.setattr(
        "graphql_api.cli.deliveries.with_application",
        lambda act, **_: _run(act(portal.application)),
    )
    shown = CliRunner().invoke(cli, ["deliveries"])
    assert shown.exit_code == 0, shown.output
    assert "11.0%" in shown.output
    assert "route south in AR: failing" in shown.output
    assert "mail route own to aol.com: failing" in shown.output
    assert "route south: 1,200 receipts tie to no SMS" in shown.output
    assert "Voters unreached: 89 waiting, 1 lost." in shown.output
    assert "Links that did not arrive: 2 voters.\n  cap: 90\n  link_bounced: 2\n" in shown.output
    assert "Receipts not expected: 7 voters." in shown.output
    assert "Links not taken: 8 voters." in shown.output
    by_operator = CliRunner().invoke(cli, ["deliveries", "--by", "operator"])
    assert by_operator.output.index("722-34") < by_operator.output.index("722-07")


def _run(work):
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")
