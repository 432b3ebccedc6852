"""R40: over HTTP: what each way of calling gets; what is refused before anything is resolved."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.partner_signature import secret_of
from graphql_api.access.scopes import DELIVERIES, RENEWALS
from graphql_api.running.fitness import Grade
from graphql_api.running.partners_known import partners_known

LINK = '{ renewalLink(token: "x") { usable } }'
ROUND = "{ votingRound { id } }"
WATCH = "{ votersUnreached { waiting lost } }"
ISSUE = "mutation { issueSecurityCode(input: {step: REQUEST}) { id } }"
SECRET = "s" * 32


def error(code, *path):
    text = {
        "UNAUTHENTICATED": "Authenticate to ask for this field.",
        "FORBIDDEN": "This field is not open to you.",
    }[code]
    return {"message": text, "path": list(path), "extensions": {"code": code}}


@pytest.fixture
def open_ask(open_guarded):
    """Opens a portal, and asks it."""

    async def open_ask(**given):
        portal = await open_guarded(**given)

        async def ask(document, token=None, **headers):
            shown = {name.replace("_", "-"): value for name, value in headers.items()}
            if token:
                shown["authorization"] = f"Bearer {token}"
            answer = await portal.http.post("/graphql", json={"query": document}, headers=shown)
            found = answer.json()
            for each in found.get("errors", []):
                quoted = each["extensions"].pop("correlationId")
                assert quoted == answer.headers["x-correlation-id"]
            return found

        ask.portal = portal
        return ask

    return open_ask


async def test_voters_do_not_see_the_dashboards(open_ask, issuer):
    """R40: nor do partners, whatever their token says."""
    ask = await open_ask()
    assert await ask(WATCH) == {
        "data": None,
        "errors": [error("UNAUTHENTICATED", "votersUnreached")],
    }
    partner = issuer.partner(scope="renewals:write deliveries:read")
    assert (await ask(WATCH, partner))["errors"] == [error("FORBIDDEN", "votersUnreached")]


async def test_a_dashboard_sees_them_with_its_scope(open_ask, issuer):
    """R40: and without it nothing."""
    ask = await open_ask()
    assert await ask(WATCH, issuer.dashboard()) == {
        "data": {"votersUnreached": {"waiting": 0, "lost": 0}}
    }
    answer = await ask(WATCH, issuer.dashboard(scope="openid profile"))
    assert answer["errors"] == [error("FORBIDDEN", "votersUnreached")]


async def test_a_dashboard_fills_in_no_form(open_ask, issuer):
    """R40: least privilege."""
    ask = await open_ask()
    answer = await ask(ISSUE, issuer.dashboard())
    assert answer["errors"][0] == error("FORBIDDEN", "issueSecurityCode")
    assert "errors" not in await ask(ROUND, issuer.dashboard())


async def test_nothing_is_resolved_of_what_is_refused(open_ask, issuer):
    """R40: also not the fields that would have been allowed; and no use is counted."""
    ask = await open_ask(network_limit="1/minute")
    both = "{ votingRound { id } " + LINK[1:-1] + WATCH[1:-1] + "}"
    for _ in range(3):
        assert (await ask(both))["data"] is None
    assert "errors" not in await ask(LINK)


async def test_a_remembered_document_is_judged_anew(open_ask, issuer):
    """R40: the text is the same, the callers are not."""
    ask = await open_ask()
    found = [
        "errors" in await ask(WATCH, token)
        for token in (issuer.dashboard(), None, issuer.partner(), issuer.dashboard())
    ]
    assert found == [False, True, True, False]


async def test_a_gateway_that_is_not_public(open_ask, issuer):
    """R40: with REASSORT_PUBLIC off, nobody in particular gets nothing; partners do."""
    ask = await open_ask(public=False)
    for document, field in ((LINK, "renewalLink"), (ROUND, "votingRound")):
        assert (await ask(document))["errors"] == [error("UNAUTHENTICATED", field)] + [
            error("UNAUTHENTICATED", field, part) for part in {LINK: ["usable"]}.get(document, [])
        ]
        assert "errors" not in await ask(document, issuer.partner())


async def test_a_partner_without_its_scope(open_ask, issuer):
    """R40: what takes none is open all the same."""
    ask = await open_ask()
    token = issuer.partner(scope=None)
    assert (await ask(LINK, token))["errors"] == [error("FORBIDDEN", "renewalLink")]
    assert "errors" not in await ask(ROUND, token)


async def test_the_router_says_who_it_is(open_ask, issuer, logged):
    """R39: by its own secret, beside whatever the caller shows; a wrong one is refused."""
    ask = await open_ask(router_secrets=f"{'n' * 32}, {SECRET}")
    assert "errors" not in await ask(ROUND, router_authorization=SECRET)
    assert "errors" not in await ask(WATCH, issuer.dashboard(), router_authorization=SECRET)
    assert "data" in await ask(WATCH, router_authorization=SECRET)
    assert (await ask(ROUND, router_authorization="x" * 32)).keys() == {"errors"}
    assert "not_the_router" in logged.getvalue()
    assert SECRET not in logged.getvalue()


async def test_a_router_whose_caller_is_refused(open_ask):
    """R39, R40: the router's word does not stand in for the caller's."""
    ask = await open_ask(router_secrets=SECRET)
    answer = await ask(ROUND, "rsk_x", router_authorization=SECRET)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_two_words_of_the_router(open_guarded):
    """R40: one is enough."""
    portal = await open_guarded(router_secrets=SECRET)
    answer = await portal.http.post(
        "/graphql", json={"query": ROUND}, headers=[("router-authorization", SECRET)] * 2
    )
    assert answer.status_code == 401


async def test_a_limit_of_a_partner(open_ask, issuer):
    """R26: counted per field and partner, wherever its servers are; voters count by network."""
    ask = await open_ask(network_limit="1/minute", partner_limits={"consulat": "3/minute"})
    codes = [(await ask(LINK, issuer.partner())).get("errors") for _ in range(4)]
    assert [bool(each) for each in codes] == [False, False, False, True]
    assert codes[3][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert "errors" not in await ask(ISSUE, issuer.partner())
    assert "errors" not in await ask(LINK, issuer.partner(client_id="other"))
    assert "errors" in await ask(LINK)


async def test_a_partner_without_a_limit(open_ask, issuer):
    """R26: `none` is none; what holds for everyone holds for it."""
    ask = await open_ask(
        network_limit="1/minute", overall_limit="3/minute", partner_limits={"consulat": "none"}
    )
    found = ["errors" in await ask(LINK, issuer.partner()) for _ in range(4)]
    assert found == [False, False, False, True]


REQUEST = """
mutation($input: RequestPasswordRenewalInput!) {
  requestPasswordRenewal(input: $input) {
    ... on RenewalRequested { message } ... on InvalidFields { fields { field code } }
  }
}
"""


@pytest.fixture
async def linked(open_guarded):
    """A portal with links of two partners."""
    template = "https://{}.example.org/mdp#token={{token}}"
    links = {name: template.format(name) for name in ("consulat", "annuaire")}
    return await open_guarded(partner_links=links)


@pytest.fixture
def request_as(linked, camille):
    async def request_as(token, origin=None, **fields):
        form = {"numic": camille.numic, "email": camille.email, **fields}
        form["securityCode"] = await linked.code("REQUEST")
        answer = await linked.http.post(
            "/graphql",
            json={"query": REQUEST, "variables": {"input": form}},
            headers=({"authorization": f"Bearer {token}"} if token else {})
            | ({"origin": origin} if origin else {}),
        )
        await linked.work()
        return answer.json()["data"]["requestPasswordRenewal"]

    return request_as


async def test_links_lead_back_to_the_partner_that_calls(linked, issuer, request_as):
    """R40: its own name goes without saying."""
    assert "message" in await request_as(issuer.partner())
    assert "https://consulat.example.org/mdp#token=" in linked.emails[0]["text"]


async def test_a_partner_names_itself(linked, issuer, request_as):
    """R40: which changes nothing."""
    assert "message" in await request_as(issuer.partner(), partner="consulat")
    assert "https://consulat.example.org/mdp#token=" in linked.emails[0]["text"]


async def test_a_partner_names_another(linked, issuer, request_as):
    """R40: as if that one did not exist; links lead nowhere else."""
    assert await request_as(issuer.partner(), partner="annuaire") == UNKNOWN
    assert await request_as(issuer.partner(), ANNUAIRE, partner="annuaire") == UNKNOWN
    assert await request_as(issuer.partner(), partner="nobody") == UNKNOWN
    assert linked.emails == []


async def test_a_partner_without_a_link_of_its_own(linked, issuer, request_as):
    """R40: links lead to the portal."""
    assert "message" in await request_as(issuer.partner(client_id="third"))
    assert "https://vote.example.org/renouveler#token=" in linked.emails[0]["text"]


ANNUAIRE, CONSULAT = "https://annuaire.example.org", "https://consulat.example.org"
UNKNOWN = {"fields": [{"field": "partner", "code": "UNKNOWN_PARTNER"}]}


async def test_a_voter_names_the_partner_whose_page_it_is(linked, request_as):
    """R40, R61: as pages do that call from the browser; their links lead to their own origin."""
    assert "message" in await request_as(None, ANNUAIRE, partner="annuaire")
    assert f"{ANNUAIRE}/mdp#token=" in linked.emails[0]["text"]


async def test_a_voter_at_a_page_whose_origin_was_registered(linked, request_as, clock):
    """R61: a partner's pages may be elsewhere than its links lead."""
    pages = "https://pages.example.org"
    await linked.application.keep_partners.register("annuaire", origins=[pages], by="ada")
    clock.advance(timedelta(seconds=6))
    await linked.application.authentication.start()
    assert await request_as(None, pages, partner="consulat") == UNKNOWN
    assert "message" in await request_as(None, pages, partner="annuaire")


@pytest.mark.parametrize(
    "origin", [None, CONSULAT, "https://vote.example.org", "null", f"{ANNUAIRE}:8443"]
)
async def test_a_stranger_names_a_partner(linked, request_as, origin):
    """R61, A3: from no page of that partner's; nobody chooses where a voter's link leads."""
    assert await request_as(None, origin, partner="annuaire") == UNKNOWN
    assert linked.emails == []


async def test_a_page_that_names_no_partner(linked, request_as):
    """R61: links lead to the portal."""
    assert "message" in await request_as(None, ANNUAIRE)
    assert "https://vote.example.org/renouveler#token=" in linked.emails[0]["text"]
    assert ANNUAIRE not in linked.emails[0]["text"]


async def test_two_origins_are_none(linked):
    """R61: browsers send one."""
    authentication = linked.application.authentication
    headers = [(b"origin", ANNUAIRE.encode())]
    assert (await authentication.authenticate(headers)).pages == {"annuaire"}
    assert (await authentication.authenticate(headers * 2)).pages == frozenset()


@pytest.mark.parametrize("client", ["annuaire", "nobody", "", 5, ["consulat"], None])
async def test_a_client_that_we_have_not_named(linked, issuer, client):
    """R61, A4: it is no partner, whatever it calls itself."""
    token = issuer.partner(client_id=client)
    headers = {"authorization": f"Bearer {token}"}
    answer = await linked.http.post("/graphql", json={"query": LINK}, headers=headers)
    assert answer.status_code == 401


async def test_doctor_finds_a_partner_with_two_credentials(linked):
    """R61, A4: a key beside an issuer's word is one too many; a revoked one is none."""
    partners = linked.application.keep_partners
    (finding,) = await partners_known(linked.application)
    assert finding.verdict is Grade.GOOD
    await partners.register("annuaire", by="ada")
    await partners.register("consulat", by="ada")
    (finding,) = await partners_known(linked.application)
    assert (finding.verdict, finding.text.split(":")[0]) == (Grade.BAD, "consulat")
    await partners.revoke("consulat", by="ada")
    (finding,) = await partners_known(linked.application)
    assert finding.verdict is Grade.GOOD


async def test_doctor_says_what_a_revoked_key_leads_to(open_guarded):
    """A4: the bearer of none is a voter; of partners in the settings it is said without the
    database."""

    async def said(**given):
        application = (await open_guarded(issuers=[], **given)).application
        return [each.subject for each in await partners_known(application)]

    assert await said() == []
    partners = (await open_guarded(issuers=[])).application.keep_partners
    await partners.register("consulat", [RENEWALS], by="ada")
    assert await said() == ["public"]
    assert await said(portal=True) == []
    assert await said(public=False) == []
    assert await said(partner_limits={"consulat": "9/minute"}) == []


async def test_doctor_names_who_never_says_for_whom_it_calls(linked, clock):
    """R61: A2: a front end that has called, and never with `Voter-Address`; not one that has not
    called yet, nor one that only watches."""
    partners, authentication = linked.application.keep_partners, linked.application.authentication
    await partners.register("annuaire", [RENEWALS], by="ada")
    keys = {
        "consulat": (await partners.register("consulat", [RENEWALS], by="ada")).reveal(),
        "watcher": (await partners.register("watcher", [DELIVERIES], by="ada")).reveal(),
    }

    async def named_after(*calls):
        for name, more in calls:
            clock.advance(timedelta(minutes=2))
            headers = {"x-api-key": keys[name], **more}
            await linked.http.post("/graphql", json={"query": ROUND}, headers=headers)
        await authentication.aclose()
        found = await partners_known(linked.application)
        return [each.text.split(":")[0] for each in found if each.verdict is Grade.WARNING]

    assert await named_after() == []
    assert await named_after(("consulat", {}), ("watcher", {})) == ["consulat"]
    assert await named_after(("consulat", {"voter-address": "198.51.100.7"})) == []
    assert await named_after(("consulat", {})) == []


async def test_a_suspension_ends_all_within_seconds(linked, issuer, request_as, clock):
    """R61, A5: keys, tokens, the pages' origin, their CORS, and links that are on their way; of no
    other partner, and until it is resumed."""
    partners, asked = linked.application.keep_partners, {"access-control-request-method": "POST"}
    key = (await partners.register("consulat", [RENEWALS], [CONSULAT], by="ada")).reveal()

    async def gets():
        clock.advance(timedelta(seconds=6))
        await linked.application.authentication.start()
        found = [
            await linked.http.post("/graphql", json={"query": LINK}, headers=each)
            for each in (
                {"x-api-key": key},
                {"authorization": f"Bearer {issuer.partner()}"},
                {"origin": CONSULAT},
                {"origin": ANNUAIRE},
                {"authorization": f"Bearer {issuer.partner(client_id='third')}"},
            )
        ]
        found.append(await linked.http.options("/graphql", headers={"origin": CONSULAT, **asked}))
        assert ("access-control-allow-origin" in found[-1].headers) == (found[-1].is_success)
        return [each.status_code for each in found]

    assert await gets() == [200, 200, 200, 200, 200, 204]
    await partners.suspend("consulat", "jeanne", "leaked")
    assert await gets() == [401, 401, 401, 200, 200, 401]
    assert "message" in await request_as(None, ANNUAIRE, partner="annuaire")
    await partners.resume("consulat", "jeanne")
    assert await gets() == [200, 200, 200, 200, 200, 204]


async def test_the_portals_origin_is_never_barred(open_guarded, clock):
    """R61: a partner whose pages have it is suspended without the portal."""
    portal = await open_guarded(partner_links={"consulat": "https://vote.example.org/c#{token}"})
    await portal.application.keep_partners.suspend("consulat", "jeanne", "leaked")
    clock.advance(timedelta(seconds=6))
    authentication = portal.application.authentication
    await authentication.start()
    assert not authentication.bars_origin("https://vote.example.org")
    caller = await authentication.authenticate([(b"origin", b"https://vote.example.org")])
    assert caller.pages == frozenset()


async def test_clients_have_our_names(open_ask, trust, issuer):
    """R40: the issuer's ids for clients are its own; those that we have not named are refused."""
    named = trust(partner_claim="azp", partners={"client-7f3a": "consulat"})
    ask = await open_ask(issuers=[named], partner_limits={"consulat": "1/hour"})
    assert "errors" not in await ask(LINK, issuer.partner(azp="client-7f3a"))
    assert "errors" in await ask(LINK, issuer.partner(azp="client-7f3a"))
    assert "data" not in await ask(LINK, issuer.partner(azp="client-0000"))
    assert "data" not in await ask(LINK, issuer.partner(azp="consulat"))


@pytest.mark.parametrize(
    ("claims", "granted"),
    [
        ({"realm_access": {"roles": ["watcher", 5]}}, True),
        ({"realm_access": {"roles": ["deliveries:read"]}}, False),
        ({"realm_access": {"roles": "watcher"}}, True),
        ({"realm_access": "watcher"}, False),
        ({"realm_access.roles": ["watcher"]}, True),
        ({}, False),
    ],
)
async def test_roles_are_scopes_when_told_so(open_ask, trust, issuer, claims, granted):
    """R40: of a claim within another, and by the operators' table alone."""
    mine = trust(
        audience="reassort-dashboards",
        kind="dashboard",
        scope_claim="realm_access.roles",
        grants={"watcher": ["deliveries:read"]},
    )
    ask = await open_ask(issuers=[mine])
    assert ("errors" not in await ask(WATCH, issuer.dashboard(**claims))) is granted


async def test_an_issuer_may_give_longer_tokens(open_ask, trust, issuer):
    """R40: two hours unless the settings say otherwise."""
    ask = await open_ask(issuers=[trust(longest_life=86400)])
    ends = int((issuer.clock.now() + timedelta(hours=23)).timestamp())
    assert "errors" not in await ask(LINK, issuer.partner(exp=ends, scope=[RENEWALS]))


@pytest.fixture
async def signed(linked, clock):
    """Signs as the how-to says, for a partner with an API key; fields may be given."""
    page = Path(__file__).parents[3] / "docs/how-to/authenticate-partners.md"
    (block,) = re.findall(r"```python\n(import hmac, time.*?)```", page.read_text("utf-8"), re.S)
    sample = {}
    exec(block, sample)
    sample["time"] = SimpleNamespace(time=lambda: clock.now().timestamp())
    key = await linked.application.keep_partners.register("annuaire", by="ada")
    secret = secret_of(linked.application.settings.keyring, key.prefix)

    async def settle():
        clock.advance(timedelta(seconds=6))
        await linked.application.authentication.start()

    await settle()

    def sign(partner="annuaire", key=key.prefix, secret=secret, **given):
        return sample["signed"](partner, key, secret, **given)

    sign.settle = settle
    return sign


async def test_a_page_that_a_partners_server_has_signed(linked, request_as, signed):
    """R61, A3: a browser without an `Origin`, or with another, hands on what the partner signed."""
    for origin in (None, "https://elsewhere.example.org"):
        assert "message" in await request_as(None, origin, partner=signed())
    assert f"{ANNUAIRE}/mdp#token=" in linked.emails[0]["text"]


async def test_signatures_that_do_not_hold(linked, issuer, request_as, signed, clock):
    """R61, A3: another's, made up, too old, too far ahead, for another partner or by another key;
    and a partner that has authenticated hands on nobody's."""
    good = signed()
    text, _, signature = good.rpartition(".")
    other = await linked.application.keep_partners.register("consulat", by="ada")
    await signed.settle()
    keyring = linked.application.settings.keyring
    bad = [
        f"{text}.{signature[:-1]}{'0' if signature[-1] != '0' else '1'}",
        good.replace("annuaire", "consulat"),
        f"{good}0",
        signed("consulat"),
        signed(key=other.prefix, secret=secret_of(keyring, other.prefix)),
        signed(secret="0" * 64),
        signed(seconds=0),
        signed(seconds=3700),
        signed("annuaire", key="0" * 10, secret=secret_of(keyring, "0" * 10)),
    ]
    assert [await request_as(None, partner=each) for each in bad] == [UNKNOWN] * len(bad)
    assert await request_as(issuer.partner(), partner=good) == UNKNOWN
    assert linked.emails == []
    clock.advance(timedelta(minutes=31))
    await signed.settle()
    assert await request_as(None, partner=good) == UNKNOWN


@pytest.mark.parametrize("act", ["suspend", "revoke"])
async def test_a_signature_ends_with_its_partner(linked, request_as, signed, act):
    """R61, A5: within seconds; what was signed before as well."""
    before = signed()
    more = {"reason": "leaked"} if act == "suspend" else {}
    await getattr(linked.application.keep_partners, act)("annuaire", by="ada", **more)
    await signed.settle()
    assert await request_as(None, partner=before) == UNKNOWN
    assert linked.emails == []
