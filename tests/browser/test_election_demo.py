"""The demo of an election as whoever is to watch one sees it first."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.docs.test_tutorial import Demo


@dataclass
class Served:
    """What `visit` knows of a gateway."""

    base: str


@pytest.fixture
def demo(tmp_path):
    """The process itself, at a moment that stays almost as it is."""
    demo = Demo(tmp_path / "demo.log")
    demo.start("--election", "argentina-2022", "--speed", "1")
    yield Served(demo.base)
    demo.stop()


def heading(me):
    return me.page.get_by_role("heading", level=1)


def sign_in(me, role: str) -> None:
    me.page.locator("#sign-in").click()
    expect(heading(me)).to_have_text("Sign in to the demo")
    me.page.get_by_role("button", name=role, exact=True).click()


def test_a_newcomer_sees_which_country_since_when_and_why(demo, visit):
    """R32, R57: two clicks from the address that the demo prints. What the page for choosing a role
    asks of a person it asks of everybody: axe finds nothing on it."""
    me = visit(demo, locale="en-GB", viewport={"width": 320, "height": 900})
    me.page.goto(f"{demo.base}/operations")
    me.page.locator("#sign-in").click()
    expect(heading(me)).to_have_text("Sign in to the demo")
    assert me.violations() == []
    assert me.overflow() == 0
    me.page.get_by_role("button", name="Operator", exact=True).click()
    expect(heading(me)).to_have_text(re.compile(r"(AR|Argentina)\b.*since 12:36$"))
    fell = re.compile(r"Argentina: route A has not delivered since 12:52")
    expect(me.page.locator("#content")).to_contain_text(fell)
    done = me.page.locator(".headline .hint")
    expect(done).to_have_text("SMS go there by route B since 12:52.")
    expect(me.page.locator("#watch .age")).to_have_text(re.compile(r"Figures of 1[23]:\d\d:\d\d"))
    assert me.page.url == f"{demo.base}/operations#now"


def test_whoever_has_no_role_is_told_so(demo, visit):
    """R57: signing in alone opens nothing."""
    me = visit(demo, locale="en-GB")
    me.page.goto(f"{demo.base}/operations")
    sign_in(me, "Somebody without a role")
    expect(heading(me)).not_to_have_text(re.compile("Loading|Argentina"))
    expect(me.page.locator("#content")).not_to_contain_text("%")
