"""The operators' page in a browser, with an issuer at which one signs in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from core.alert import Alert, AlertKind, AlertPlace
from tests.servers.oidc_issuer import CLIENT, OidcIssuer
from tests.vote_under_way import vote

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}
VIEWS = ("now", "round", "requests")


@pytest.fixture
def issuer(clock):
    """At which whoever comes is an operator with every scope."""
    with OidcIssuer(lambda: clock.now().timestamp()) as issuer:
        yield issuer


@pytest.fixture
def watched(serve, issuer):
    """A deployment that serves the page."""
    return serve(**issuer.settings)


@pytest.fixture
def under_way(watched, keyring, noon) -> Callable[..., None]:
    """Has a vote under way there."""

    def begin(is_troubled: bool = True) -> None:
        async def store() -> None:
            async with watched.application.ports.store.begin() as unit:
                await vote(unit, keyring, noon, is_troubled)

        watched.run(store())

    return begin


@pytest.fixture
def operator(watched, visit, issuer, noon):
    """Someone at the page's door, whose machine has the deployment's time. The issuer's answers to
    the page are no strangers."""

    def come(**options):
        found = visit(watched, also=(issuer.issuer,), **options)
        found.page.clock.install(time=noon)
        found.page.goto(watched.base + "/operations")
        found.page.locator("#sign-in").wait_for()
        return found

    return come


def enter(operator, view: str = "now") -> None:
    operator.page.locator("#sign-in").click()
    look(operator, view)


def look(operator, view: str) -> None:
    operator.page.locator(f"#views a[href='#{view}']").click()
    settled(operator)


def settled(operator) -> None:
    expect(operator.page.locator("#refresh")).to_have_text(re.compile("^(Actualiser|Refresh)$"))
    expect(operator.page.locator("h1")).not_to_have_text(re.compile("Chargement|Loading"))


def heading(operator):
    return operator.page.get_by_role("heading", level=1)


# -- Signing in --


def test_signing_in_and_out(watched, operator, issuer):
    """R57: by the code flow with PKCE, state and nonce; the code leaves the address bar at once."""
    me = operator()
    expect(heading(me)).to_contain_text("Connectez-vous")
    enter(me)
    assert me.page.url == watched.base + "/operations#now"
    ((_, asked),) = [each for each in issuer.asked if each[0] == "/authorize"]
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == watched.base + "/operations"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) == 43
    ((_, shown),) = [each for each in issuer.asked if each[0] == "/token"]
    assert (shown["grant_type"], shown["client_id"]) == ("authorization_code", CLIENT)
    me.page.get_by_role("button", name="Se déconnecter").click()
    expect(heading(me)).to_have_text("Vous êtes déconnecté")
    link = me.page.get_by_role("link", name="Se déconnecter chez l’émetteur aussi")
    expect(link).to_have_attribute("href", re.compile(re.escape(issuer.issuer) + "/logout"))
    assert "id_token" not in (link.get_attribute("href") or "")
    expect(me.page.locator("#views")).to_be_hidden()


def test_no_token_is_kept(operator, issuer):
    """R57: tokens are in the page's memory alone: no storage, cookie, address or history has one,
    in any view, and after a reload they are gone."""
    me = operator()
    enter(me)
    for view in VIEWS:
        look(me, view)
        assert secrets_in(me, issuer) == []
    me.page.reload()
    expect(heading(me)).to_contain_text("Connectez-vous")


def secrets_in(operator, issuer) -> list[str]:
    """What of a sign-in can be found where somebody could find it later."""
    found = operator.page.evaluate(
        """async () => JSON.stringify([
          { ...localStorage }, { ...sessionStorage }, document.cookie, location.href,
          history.state, document.referrer, await indexedDB.databases(), await caches.keys(),
          document.documentElement.outerHTML, performance.getEntries().map(({ name }) => name),
        ])"""
    )
    found += json.dumps(operator.context.storage_state())
    given = [each for _, asked in issuer.asked for each in asked.items()]
    private = {"code", "code_verifier", "refresh_token", "state", "nonce"}
    secrets = {value for name, value in given if name in private} | set(issuer.given)
    navigated = {each.url for each in operator.requests if each.is_navigation_request()}
    kept = [name for name in secrets if name in found and not any(name in url for url in navigated)]
    return [*kept, *(name for name in issuer.given if name in found)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"error": "access_denied"}, "refusé ou annulé"),
        ({"error": "invalid_scope"}, "invalid_scope"),
        ({"id_claims": {"nonce": "another"}}, "n’est pas celle qui était attendue"),
        ({"id_claims": {"iss": "https://other.example.org"}}, "n’est pas celle"),
        ({"id_claims": {"aud": "another"}}, "n’est pas celle"),
        ({"id_claims": {"aud": [CLIENT, "another"]}}, "n’est pas celle"),
        ({"id_claims": {"exp": 1}}, "n’est pas celle"),
        ({"broken": True}, "L’émetteur ne répond pas"),
        ({"tells": {"issuer": "https://other.example.org"}}, "ne publie pas la configuration"),
        ({"origins": {"https://other.example.org"}}, "n’admet peut-être pas l’origine"),
    ],
)
def test_a_sign_in_that_goes_wrong(operator, issuer, wrong, said):
    """R57: whatever the issuer answers, nobody is signed in by it, and the page says what to do."""
    me = operator()
    me.forgiven += ["Failed to load resource", "CORS policy"]
    right = {name: getattr(issuer, name) for name in wrong}
    vars(issuer).update(wrong)
    me.page.locator("#sign-in").click()
    expect(heading(me)).to_have_text("La connexion n’a pas abouti")
    expect(me.page.locator("main")).to_contain_text(said)
    expect(me.page.locator("#views")).to_be_hidden()
    assert "code=" not in me.page.url
    assert me.violations() == []
    vars(issuer).update(right)
    enter(me)


def test_an_answer_that_nobody_asked_for(watched, operator):
    """R57: a code that somebody else's sign-in has is not shown to the issuer."""
    me = operator()
    me.page.route(re.compile("/authorize"), lambda route: route.abort())
    me.forgiven += ["Failed to load resource"]
    theirs = watched.base + "/operations?code=theirs&state=theirs"
    for has_begun in (False, True):
        if has_begun:
            with me.page.expect_request(re.compile("/authorize")):
                me.page.locator("#sign-in").click()
        me.page.goto(theirs)
        expect(me.page.locator("main")).to_contain_text("commencée dans cet onglet")
        assert "theirs" not in me.page.url
    assert [each for each in me.requests if each.url.endswith("/token")] == []


def test_a_token_that_runs_out_is_renewed(operator, issuer):
    """R57: with the refresh token, which turns round; the operator sees nothing of it."""
    issuer.life = 60
    me = operator()
    enter(me)
    for _ in range(2):
        me.page.clock.fast_forward("01:00")
        settled(me)
    grants = [each["grant_type"] for path, each in issuer.asked if path == "/token"]
    assert grants[:3] == ["authorization_code", "refresh_token", "refresh_token"]
    expect(me.page.locator(".complaint")).to_have_count(0)


def test_a_sign_in_that_has_ended(operator, issuer, watched, under_way):
    """R57: figures stay, with their age, and a button brings back to the same view."""
    under_way()
    issuer.gives_refresh_tokens = False
    me = operator()
    me.forgiven += ["Failed to load resource"]
    enter(me)
    watched.clock.advance(timedelta(minutes=10))
    me.page.clock.fast_forward("10:00")
    expect(me.page.locator(".complaint")).to_contain_text("Votre connexion a pris fin")
    expect(me.page.locator(".age")).to_contain_text("Ils datent de 10 min")
    expect(heading(me)).to_contain_text("Argentine")
    assert me.violations() == []
    me.page.get_by_role("button", name="Se reconnecter").click()
    settled(me)
    expect(me.page.locator(".complaint")).to_have_count(0)


@pytest.mark.parametrize(
    ("view", "right"),
    [("now", "deliveries:read"), ("round", "evidence:read"), ("requests", "operations:read")],
)
def test_a_right_that_is_missing(operator, issuer, view, right):
    """R57: each view says which right is missing, and leaves the others open."""
    issuer.claims = {"scope": "openid"}
    me = operator()
    enter(me)
    look(me, view)
    expect(heading(me)).to_have_text("Votre compte n’ouvre pas cette vue")
    expect(me.page.locator("main")).to_contain_text(f"Il lui manque le droit {right}.")
    expect(me.page.get_by_role("button", name="Se reconnecter")).to_be_visible()
    expect(me.page.locator("#views a")).to_have_count(3)


# -- What is seen --


def test_all_is_well(operator, under_way):
    """One sentence, and in the title, so that a tab in the background tells it."""
    under_way(is_troubled=False)
    me = operator()
    enter(me)
    expect(heading(me)).to_have_text("Aucune alerte, tous les électeurs sont joints")
    expect(me.page).to_have_title(re.compile("^Aucune alerte"))


def test_trouble_comes_first(operator, under_way):
    """R32, R48: the country in which SMS do not arrive, since when, then whatever is less."""
    under_way()
    me = operator()
    enter(me)
    expect(heading(me)).to_have_text("Argentine : 12 % des SMS arrivés, alerte depuis 12 h 05")
    troubles = me.page.locator(".troubles li").all_text_contents()
    assert [each.replace("\u00a0", " ") for each in troubles] == [
        "ProblèmeCirconscription 2 : 13 % des mots de passe arrivés, alerte depuis 12 h 05"
        "Je m’en occupe",
        "ProblèmeArgentine : 6 SMS sur 50 sont arrivés par la route south, alerte depuis 12 h 05"
        "Je m’en occupe",
        "ProblèmeArgentine : la route south ne livre plus depuis 12 h 05Je m’en occupe",
        "À surveilleraol.com : le relais own ne livre plus depuis 12 h 05"
        "Pris en charge par operations : second relay asked",
        "À surveiller107 électeurs ne sont pas joints, alerte depuis 12 h 05Je m’en occupe",
    ]
    first = me.page.locator("table.rates tbody tr").first
    expect(first).to_contain_text("Sous 80 %")
    causes = me.page.locator("table.causes tbody tr")
    expect(causes.first).to_contain_text("Refusé, ou annoncé non arrivé")
    assert me.violations() == []


def test_a_machine_whose_clock_is_wrong(watched, visit, issuer, under_way, noon):
    """R32: figures are of the moment that the gateway tells, and today is its day."""
    under_way()
    me = visit(watched, also=(issuer.issuer,), locale="en-GB")
    me.page.clock.install(time=noon - timedelta(hours=26))
    me.page.goto(watched.base + "/operations")
    enter(me)
    expect(me.page.locator("#watch .age")).to_have_text(
        re.compile(r"Figures of 14:0\d:\d\d, Paris")
    )
    expect(heading(me)).to_have_text(re.compile(r"since \d\d:\d\d$"))


def test_looking_after_an_alert(operator, issuer, under_way):
    """R53: by one button, for who may act; others are told why not, and nothing is noted."""
    under_way()
    me = operator()
    enter(me)
    mine = me.page.locator(".headline").get_by_role("button", name="Je m’en occupe")
    mine.press("Enter")
    expect(me.page.locator(".headline [role=alert]")).to_contain_text("n’a pas le droit")
    expect(mine).to_be_focused()
    assert me.violations() == []
    issuer.claims = {"scope": f"{issuer.claims['scope']} operations:act"}
    me.page.get_by_role("button", name="Se déconnecter").click()
    enter(me)
    mine.click()
    expect(heading(me)).to_contain_text("Circonscription 2 : 13 % des mots de passe arrivés")
    seen = me.page.locator(".troubles li").filter(has_text="12 % des SMS arrivés")
    expect(seen).to_contain_text("Pris en charge par u-1")
    assert me.violations() == []


def test_trouble_without_alerts(operator, issuer, under_way):
    """R57: who may not see alerts is told what the figures say by the same bounds, and that."""
    under_way()
    issuer.claims = {"scope": "deliveries:read"}
    me = operator()
    enter(me)
    expect(heading(me)).to_have_text(
        "Argentine : 12 % des SMS arrivés, route en panne depuis 12 h 05"
    )
    expect(me.page.locator(".troubles li")).to_have_count(3)
    expect(me.page.locator("main")).to_contain_text("n’a pas le droit de voir les alertes")


def test_an_alert_that_no_figure_tells_of(operator, watched, noon):
    """R53: what the gateway says of it comes before figures that are good."""
    place = AlertPlace(AlertKind.JOBS_BURIED)

    async def store() -> None:
        async with watched.application.ports.store.begin() as unit:
            await unit.alerts.add(Alert("a", place, {}, noon, noon, noon))

    watched.run(store())
    me = operator()
    enter(me)
    expect(heading(me)).to_have_text("Des tâches ont été abandonnées, depuis 14 h 00")
    expect(me.page.locator(".level").first).to_have_text("Problème")


def test_evidence(operator, under_way):
    """R49: shares at a moment, by country; what is too small is told as one, and that is said."""
    under_way()
    me = operator()
    enter(me, "round")
    rows = me.page.locator("table.evidence tbody tr")
    expect(rows.first).to_contain_text("Argentine")
    expect(rows.last).to_contain_text("3 groupes réunis")
    expect(me.page.locator("main")).to_contain_text("moins de 20 électeurs")
    me.page.get_by_role("button", name="Confirmés").click()
    expect(rows.first).to_contain_text("Allemagne")
    expect(me.page.get_by_role("columnheader", name="Confirmés")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(rows.last).to_contain_text("3 groupes réunis")
    me.page.get_by_label("Répartition").select_option("CONSTITUENCY")
    settled(me)
    expect(rows.first.locator("th")).to_have_text("7")
    me.page.get_by_role("button", name="Tracer l’évolution").click()
    expect(me.page.locator("svg.line circle")).to_have_count(10)
    expect(me.page.locator("table.over-time tbody tr")).to_have_count(12)
    assert me.violations() == []


def test_how_requests_went(operator, under_way):
    """R32, R49: how many reached each step, and how long each stretch took."""
    under_way()
    me = operator()
    enter(me, "round")
    steps = me.page.locator("table.funnel tbody tr")
    expect(steps.first).to_contain_text("678")
    expect(steps.filter(has_text="SMS arrivé")).to_contain_text("84")
    expect(me.page.locator("table.stretches tbody tr").last).to_contain_text("5 min")
    assert me.violations() == []


def test_who_is_unreached(operator, under_way):
    """R48: from a cause to the voters it keeps, one by one, and to what happened to each."""
    under_way()
    me = operator()
    enter(me)
    me.page.get_by_role("link", name="Retenu par un plafond de SMS").click()
    expect(heading(me)).to_have_text("Les électeurs non joints")
    rows = me.page.locator("table.unreached tbody tr")
    expect(rows).to_have_count(3)
    me.page.get_by_label("Cause").select_option("REFUSED")
    expect(rows).to_have_count(50)
    me.page.get_by_role("button", name="Page suivante").click()
    expect(rows).to_have_count(18)
    expect(heading(me)).to_be_focused()
    assert me.violations() == []
    rows.first.get_by_role("link").click()
    expect(heading(me)).to_have_text("SMS abandonné")


def test_several_rounds(serve, visit, issuer, noon):
    """R49: the one that is open is shown; another can be chosen, also one that has yet to open."""
    day = timedelta(days=1)
    rounds = [
        {"id": name, "opens_at": noon + begin * day, "closes_at": noon + end * day}
        for name, begin, end in (("t1", -9, -2), ("t2", -1, 2), ("t3", 5, 9))
    ]
    gateway = serve(**issuer.settings, voting_rounds=rounds)
    me = visit(gateway, also=(issuer.issuer,))
    me.page.clock.install(time=noon)
    me.page.goto(gateway.base + "/operations")
    enter(me, "round")
    expect(heading(me)).to_have_text("Scrutin t2")
    for name, text in (("t3", "du 10 juin"), ("t1", "du 27 mai")):
        me.page.get_by_label("Scrutin").select_option(name)
        expect(heading(me)).to_have_text(f"Scrutin {name}")
        expect(me.page.locator("main .lead").first).to_contain_text(text)
    expect(me.page.get_by_label("Moment")).to_have_value("closing")


def test_evidence_without_the_calendar(operator, issuer, under_way):
    """R57: who may see shares and no requests has the round that is open, without its funnel."""
    under_way()
    issuer.claims = {"scope": "evidence:read"}
    me = operator()
    enter(me, "round")
    expect(heading(me)).to_have_text("Scrutin demo")
    expect(me.page.locator("main")).to_contain_text("n’a pas le droit de voir le parcours")


def test_requests(operator, under_way):
    """R45: found by their state, and one of them read line by line, by both clocks."""
    under_way()
    me = operator()
    enter(me, "requests")
    expect(me.page.locator("table.requests tbody tr")).to_have_count(50)
    me.page.get_by_label("État").select_option("UNDELIVERED")
    me.page.get_by_label("Pays (deux lettres)").fill("ar")
    me.page.get_by_role("button", name="Chercher").click()
    settled(me)
    rows = me.page.locator("table.requests tbody tr")
    expect(rows).to_have_count(44)
    expect(rows.first).to_contain_text("Argentine")
    heads = me.page.get_by_role("columnheader")
    expect(heads.filter(has_text="Circonscription")).to_have_count(1)
    expect(heads.filter(has_text="Partenaire")).to_have_count(0)  # nobody's
    rows.first.get_by_role("link").click()
    expect(heading(me)).to_have_text("SMS abandonné")
    assert me.page.url.endswith("/operations#request")
    lines = me.page.locator(".timeline li")
    expect(lines.first).to_contain_text("La demande est reçue")
    expect(lines.first).to_contain_text("à Paris")
    expect(lines.first).to_contain_text("UTC")
    assert me.violations() == []
    me.page.go_back()
    expect(rows).to_have_count(44)


# -- Figures that grow old --


def test_polling_pauses_in_a_hidden_tab(operator, watched):
    """R26: figures are asked for again while somebody can see them."""
    me = operator()
    enter(me)
    before = asked(me)
    me.page.clock.fast_forward(31_000)
    settled(me)
    assert asked(me) == before + 1
    hide = "Object.defineProperty(document, 'hidden', { configurable: true, get: () => %s });"
    tell = "document.dispatchEvent(new Event('visibilitychange'))"
    me.page.evaluate(hide % "true" + tell)
    me.page.clock.fast_forward(120_000)
    assert asked(me) == before + 1
    expect(me.page.locator(".age")).to_contain_text("Ils datent de 2 min")
    me.page.evaluate(hide % "false" + tell)
    settled(me)
    assert asked(me) == before + 2
    me.page.get_by_label("Actualiser toutes les").select_option("0")
    me.page.clock.fast_forward(400_000)
    assert asked(me) == before + 2


def asked(operator) -> int:
    return len(operator.mutations("query Now"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "Pas de réponse"),
        ({"status": 503, "json": {"errors": [{"message": "x"}]}}, "Le service ne peut pas"),
        ({"status": 429, "headers": {"retry-after": "40"}, "json": {}}, "La suite vient dans 40 s"),
    ],
)
def test_no_answer(operator, under_way, answer, said):
    """What was seen stays, is called old, and new figures take its place as soon as they come."""
    under_way()
    me = operator()
    enter(me)
    mend = me.break_graphql("query Now", **answer)
    me.page.clock.fast_forward(31_000)
    expect(me.page.locator(".complaint")).to_contain_text(said)
    expect(heading(me)).to_contain_text("Argentine")
    assert me.violations() == []
    mend()
    me.page.clock.fast_forward(41_000)
    expect(me.page.locator(".complaint")).to_have_count(0)


def test_no_answer_from_the_first(operator):
    """Without figures the page says so, and tries again when asked to."""
    me = operator()
    mend = me.break_graphql("query Now")
    enter(me)
    expect(heading(me)).to_have_text("Pas de réponse")
    mend()
    me.page.get_by_role("button", name="Actualiser").click()
    expect(heading(me)).to_contain_text("Aucune alerte")


# -- Every state for everyone --


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_for_everyone(operator, under_way, viewport, scheme):
    """R46: axe finds nothing, and nothing scrolls sideways, also with text of twice the size."""
    under_way()
    me = operator(viewport=viewport, color_scheme=scheme, locale="en-GB")
    assert me.violations() == []
    enter(me)
    for view in VIEWS:
        look(me, view)
        assert (view, me.violations()) == (view, [])
        assert me.overflow() <= 0
    me.page.locator("table.requests a").first.click()
    me.page.locator(".timeline").wait_for()
    assert me.violations() == []
    me.page.evaluate("document.documentElement.style.fontSize = '200%'")
    for view in VIEWS:
        look(me, view)
        assert (view, me.overflow()) == (view, 0)


def test_keyboard_and_focus(operator, under_way):
    """R46: a view that opens has the focus on its heading; a refresh takes it from nowhere; the way
    past the banner works."""
    under_way()
    me = operator()
    enter(me)
    me.page.locator("#views a[href='#round']").press("Enter")
    expect(heading(me)).to_be_focused()
    look(me, "now")
    me.page.locator("#rates-by-lost").press("Enter")
    me.page.clock.fast_forward(31_000)
    settled(me)
    expect(me.page.locator("#rates-by-lost")).to_be_focused()
    me.page.locator(".skip").press("Enter")
    expect(me.page.locator("main")).to_be_focused()
    assert me.page.url.endswith("#now")


def test_the_other_language(operator, under_way):
    """R46: everything that is shown changes, without being asked for again."""
    under_way()
    me = operator()
    enter(me)
    before = asked(me)
    me.page.get_by_role("button", name="English").click()
    expect(heading(me)).to_have_text("Argentina: 12% of SMS arrived, an alert since 12:05")
    expect(me.page.locator("html")).to_have_attribute("lang", "en")
    assert asked(me) == before


def countries() -> list[str]:
    """200 codes of two letters, all of which are shown."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [first + second for first in letters for second in letters][:200]


def a_million() -> dict[str, Any]:
    """What `Now` is answered of a million requests in 200 countries: each figure at its longest."""
    rates = [
        {
            "channel": "SMS",
            "group": code,
            "delivered": 4000 + 5 * number,
            "lost": 1000 - 5 * number,
            "pending": number,
            "taken": 0,
            "rate": (4000 + 5 * number) / 5000,
        }
        for number, code in enumerate(countries())
    ]
    since = "2027-06-05T10:05:00+00:00"
    routes = [
        {
            "channel": "SMS",
            "route": "south",
            "country": code,
            "domain": None,
            "health": "FAILING",
            "since": since,
        }
        for code in countries()
    ]
    causes = [{"cause": each, "voters": 100_000} for each in ("REFUSED", "NO_RECEIPT", "CAP")]
    unreached = {"waiting": 200_000, "lost": 100_000, "links": 0, "causes": causes}
    unreached |= {"receiptsNotExpected": 12, "linksNotTaken": 12}
    return {"votersUnreached": unreached, "deliveryRates": rates, "routes": routes}


def test_the_first_view_is_quick(watched, visit, issuer):
    """R46: a million requests in 200 countries are seen within a second of the return from the
    issuer, by a processor that is slowed four times: by the page's own time on it, which holds what
    the slowing adds, for the machine is shared. The best of three."""
    seen = [first_view(watched, visit, issuer) for _ in range(3)]
    print("first view, milliseconds of CPU and all in all:", seen)
    assert min(cpu for cpu, _ in seen) < 1000


def first_view(watched, visit, issuer) -> tuple[int, int]:
    """Milliseconds of CPU that the page's thread takes from the way to the issuer, which sends it
    back at once, until its tables are painted; and milliseconds by the clock, slowed four times.
    Nothing looks into the page meanwhile, for its thread would pay for that."""
    me = visit(watched, also=(issuer.issuer,))
    body = {"data": a_million()}
    alerts = {"data": {"alerts": {"edges": []}}}
    browser = me.context.new_cdp_session(me.page)
    began = []

    def answer(route):
        route.fulfill(json=alerts if "query Alerts" in (route.request.post_data or "") else body)

    def leave(route):
        began.append(thread_time(browser))
        route.continue_()

    me.page.route(re.compile("/graphql$"), answer)
    me.page.route(re.compile(r"/authorize\?"), leave)
    me.context.add_init_script(
        """new MutationObserver((_, observer) => {
          if (!document.querySelector("table.routes")) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => console.info("painted", performance.now())));
        }).observe(document, { childList: true, subtree: true });"""
    )
    me.page.goto(watched.base + "/operations")
    browser.send("Performance.enable", {"timeDomain": "threadTicks"})
    browser.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    with me.page.expect_console_message(lambda said: said.text.startswith("painted")) as painted:
        me.page.locator("#sign-in").click()
    taken = thread_time(browser) - began[0]
    expect(me.page.locator("table.routes")).to_be_visible()
    me.page.close()
    return round(1000 * taken), round(float(painted.value.text.split()[1]))


def thread_time(browser) -> float:
    """Seconds."""
    metrics = browser.send("Performance.getMetrics")["metrics"]
    return next(each["value"] for each in metrics if each["name"] == "TaskDuration")
