"""R45: what operators are told of requests, page by page and one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.attempt import Attempt
from core.delivery import Delivery
from core.errors import InvalidFields
from core.locale import Locale
from core.messages import Acceptance, MessageKind
from core.reasons import Dismissal
from core.recovery_request import State
from core.request_listing import Place
from graphql_api.access.caller import ANONYMOUS, Caller
from graphql_api.access.scopes import OPERATIONS
from graphql_api.schema.call import CONTEXT_KEY
from graphql_api.schema.cursors import cursor_of, place_of
from graphql_api.schema.executable import build_schema

MINUTE = timedelta(minutes=1)
ONE = """query($id: ID!) { recoveryRequest(id: $id) {
    request { id state reason cause country constituency voter votingRound partner confirmedAt }
    entries { at atInParis recordedAt step message attempt route country operator reason
        text english: text(locale: EN) }
} }"""
LIST = """query($states: [RequestState!], $reason: RequestReason, $country: String,
    $constituency: String, $partner: String, $since: DateTime, $until: DateTime,
    $first: Int! = 50, $after: String) {
    recoveryRequests(states: $states, reason: $reason, country: $country, partner: $partner,
        constituency: $constituency, since: $since, until: $until, first: $first, after: $after) {
        edges { cursor node { id receivedAt state reason } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }"""


@pytest.fixture
def look(guarded, issuer):
    async def look(document, scope=OPERATIONS, **variables):
        answer = await guarded.http.post(
            "/graphql",
            json={"query": document, "variables": variables},
            headers={"authorization": f"Bearer {issuer.dashboard(scope=scope)}"},
        )
        return answer.json()

    return look


@pytest.fixture
async def requests(guarded, received, link_sent, noon):
    """One that was dismissed, one with an SMS under way, one that nobody has decided on."""
    dismissed = received("a").dismissed(Dismissal.NO_PHONE, noon, "v1")
    confirmed = link_sent(
        "b",
        received_at=noon + MINUTE,
        confirmed_at=noon + 2 * MINUTE,
        state=State.PASSWORD_SENT,
        country="AR",
        constituency="2",
        partner="consulat",
        round_voter="known",
    )
    sms = Delivery.queued(MessageKind.PASSWORD, "b", Locale.FR, noon + 2 * MINUTE)
    attempt = Attempt("b.password", 1, "north", "AR", 70_000, noon + 3 * MINUTE)
    async with guarded.application.ports.store.begin() as unit:
        for each in (dismissed, confirmed, received("c", received_at=noon + 5 * MINUTE)):
            await unit.requests.add(each)
        await unit.deliveries.add(sms)
        await unit.attempts.add(attempt)
        handed = attempt.accepted(Acceptance("north"), noon + 3 * MINUTE, MINUTE)
        await unit.attempts.save(handed, was=attempt)


@pytest.mark.usefixtures("requests")
class TestOne:
    async def test_with_its_timeline(self, look, noon):
        """R45: in both languages, and by both clocks."""
        found = (await look(ONE, id="b"))["data"]["recoveryRequest"]
        assert found["request"] == {
            "id": "b",
            "state": "PASSWORD_SENT",
            "reason": None,
            "cause": None,
            "country": "AR",
            "constituency": "2",
            "voter": "known",
            "votingRound": "2027-1",
            "partner": "consulat",
            "confirmedAt": (noon + 2 * MINUTE).isoformat(),
        }
        assert [each["english"] for each in found["entries"]] == [
            "A link is issued, and its e-mail queued.",
            "The request is received through consulat.",
            "The voter confirms by the link.",
            "The SMS is handed to route north (AR).",
        ]
        assert found["entries"][-1] == {
            "at": (noon + 3 * MINUTE).isoformat(),
            "atInParis": "2027-06-05T14:03:00.123456+02:00",
            "recordedAt": (noon + 3 * MINUTE).isoformat(),
            "step": "SMS_HANDED_OVER",
            "message": "PASSWORD",
            "attempt": 1,
            "route": "north",
            "country": "AR",
            "operator": None,
            "reason": None,
            "text": "Le SMS est remis à la route north (AR).",
            "english": "The SMS is handed to route north (AR).",
        }

    async def test_nothing_names_the_voter(self, look):
        """R42, R44: neither number nor address, nor what a link is made of."""
        for id in "abc":
            told = str(await look(ONE, id=id))
            for secret in (
                "00012345",
                "camille",
                "example.org",
                "token",
                "pair",
                "nonce",
                "'voter'}",
            ):
                assert secret not in told

    async def test_why_one_was_dismissed(self, look):
        """R45: by its code, for programs."""
        found = (await look(ONE, id="a"))["data"]["recoveryRequest"]
        assert found["request"]["reason"] == found["entries"][-1]["reason"].upper() == "NO_PHONE"

    async def test_there_is_none(self, look):
        """R45: null; it may have been destroyed."""
        assert await look(ONE, id="x") == {"data": {"recoveryRequest": None}}


@pytest.mark.usefixtures("requests")
class TestTheList:
    async def test_page_by_page(self, look):
        """R45: as Relay reads lists: the newest first, none twice."""
        first = (await look(LIST, first=2))["data"]["recoveryRequests"]
        assert [each["node"]["id"] for each in first["edges"]] == ["c", "b"]
        ends = first["pageInfo"]
        assert (ends["hasNextPage"], ends["hasPreviousPage"]) == (True, False)
        cursors = [each["cursor"] for each in first["edges"]]
        assert [ends["startCursor"], ends["endCursor"]] == cursors
        last = (await look(LIST, first=2, after=ends["endCursor"]))["data"]["recoveryRequests"]
        assert [each["node"]["id"] for each in last["edges"]] == ["a"]
        assert (last["pageInfo"]["hasNextPage"], last["pageInfo"]["hasPreviousPage"]) == (
            False,
            True,
        )

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({"states": ["RECEIVED", "DISMISSED"]}, ["c", "a"]),
            ({"reason": "NO_PHONE"}, ["a"]),
            ({"reason": "MAIL_FAILED"}, []),
            ({"country": "ar"}, ["b"]),
            ({"constituency": "2"}, ["b"]),
            ({"partner": "consulat"}, ["b"]),
            ({"since": "2027-06-05T14:01:00+02:00", "until": "2027-06-05T12:05:00Z"}, ["b"]),
        ],
    )
    async def test_filters(self, look, wanted, found):
        """R45: by state, reason, country, constituency, partner and period."""
        page = (await look(LIST, **wanted))["data"]["recoveryRequests"]
        assert [each["node"]["id"] for each in page["edges"]] == found
        assert (page["pageInfo"]["endCursor"] is None) == (not found)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"after": "nonsense"}, "after"),
        ({"after": "é"}, "after"),
        ({"country": "\0"}, "country"),
        ({"partner": ""}, None),
        ({"constituency": "x" * 101}, "constituency"),
        ({"since": "2027-06-05T14:00:00"}, "since"),
    ],
)
async def test_what_cannot_be_looked_for(look, given, field):
    """R38: refused before the database is asked."""
    answer = await look(LIST, **given)
    if field is None:
        assert answer["data"]["recoveryRequests"]["edges"] == []
    else:
        assert answer["errors"][0]["extensions"]["code"] == "INVALID_FIELDS"


def test_cursors_lead_back(noon):
    """R45: to the microsecond; anything else is refused."""
    place = Place(noon, "abc")
    assert place_of(cursor_of(place)) == place
    assert place_of(None) is None
    for wrong in (
        "",
        "x",
        cursor_of(place)[:-6] + "!!",
        cursor_of(Place(noon, "")),
        "OTk5OTk5OTk5OTk5OTk5OTk5OTk6YQ",
    ):
        with pytest.raises(InvalidFields):
            place_of(wrong)


@pytest.mark.parametrize("document", [ONE, LIST])
async def test_figures_alone_open_no_request(look, document):
    """R40, R57: `deliveries:read` is for figures."""
    answer = await look(document, scope="deliveries:read", id="b")
    assert answer.get("data") is None
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"FORBIDDEN"}


@pytest.mark.parametrize("caller", [ANONYMOUS, Caller()])
async def test_without_the_fence(guarded, caller):
    """R39, R40: run in another's schema the fields find out once more who calls."""
    schema = build_schema(operators=True)
    context = {CONTEXT_KEY: guarded.application.gateway.call("203.0.113.7", caller)}
    document = '{ recoveryRequest(id: "b") { request { id } } }'
    result = await schema.execute(document, context_value=context)
    assert result.data == {"recoveryRequest": None}
    assert result.errors[0].original_error.code == "UNAUTHENTICATED"
