"""R49: the report on a round, as the bureau of the vote gets it."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise

import pytest

from core.alert import Alert, AlertAxis, AlertKind, AlertPlace
from core.evidence import Axis, Line, Tally, evidence
from core.intervention import Act, Intervention
from core.use_cases.give_evidence import GiveEvidence
from core.voting_round import VotingRound
from graphql_api.bureau.csv_lines import COLUMNS, csv_text
from graphql_api.bureau.page import ACTS, page
from graphql_api.bureau.report import AXES, FirstSending, Moment, Report, make_report

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPENS = datetime(2027, 6, 5, 10, tzinfo=UTC)
ROUND = VotingRound("2027-1", OPENS, OPENS + 5 * DAY)
NAMES = {"AR": "Argentine", "DE": "Allemagne"}
PLACES = [
    (("2", "Rosario & Salta", "AR"), Tally(1000, 110, 40), Tally(1000, 935, 0)),
    (("7", "Berlin", "DE"), Tally(400, 396), Tally(400, 398)),
    (("7", "", ""), Tally(9, 9), Tally(9, 9)),
]


def lines_of(places, axis):
    by_name = {}
    for names, recorded, happened in places:
        name = names[AXES.index(axis)]
        by_name[name] = by_name.get(name, Line(name)) + Line(name, recorded, happened)
    return list(by_name.values())


class Counted:
    """The port `DeliveryEvidence`, and the unit of work that leads to it."""

    def __init__(self, counts=PLACES):
        self.counts, self.asked = counts, []

    @property
    def evidence(self):
        return self

    async def lines(self, round_id, hour, axes):
        self.asked.append(hour)
        return {axis: lines_of(self.counts, axis) for axis in axes}

    def __call__(self):
        return self

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_): ...


@pytest.fixture
def reported(clock):
    """The report at a moment of the round, and what was asked for it."""

    async def reported(now, *asked, counts=PLACES, **besides):
        clock.advance(now - clock.now())
        counted = Counted(counts)
        give = GiveEvidence(counted, clock)
        return await make_report(give, ROUND, asked, now, **besides), counted.asked

    return reported


@pytest.mark.parametrize(
    ("now", "asked", "moments"),
    [
        (-HOUR, [], []),
        (HOUR / 2, [], [("opening", 0)]),
        (5 * HOUR, [], [("opening", 0), ("", 4)]),
        (5 * HOUR + HOUR / 2, [2.5], [("opening", 0), ("", 2), ("", 5)]),
        (6 * DAY, [], [("opening", 0), ("closing", 120)]),
        (6 * DAY, [121, 120], [("opening", 0), ("closing", 120), ("", 121)]),
    ],
)
async def test_the_moments_that_matter(reported, now, asked, moments):
    """R49: the opening, the closing, the last hour, and what is asked for: each once, in order."""
    found, looked = await reported(OPENS + now, *(OPENS + hours * HOUR for hours in asked))
    expected = [(what, OPENS + hours * HOUR) for what, hours in moments]
    assert [(each.what, each.at) for each in found.moments] == expected
    # one look a moment, for all its tables; then those of the curve
    assert looked[: len(expected)] == [at for _, at in expected]


class Cells(HTMLParser):
    """The text of each table's rows, and every address that the page names."""

    def __init__(self):
        super().__init__()
        self.rows, self.addresses, self._open = [], [], False

    def handle_starttag(self, tag, attrs):
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._open = False

    def handle_data(self, data):
        if self._open:
            self.rows[-1][-1] += data


async def test_the_page(reported):
    """R49: in French; the country in trouble first, by its name; the share of then, and the one
    that is known today; nothing from elsewhere, and names as text."""
    found, _ = await reported(OPENS + HOUR / 2)
    html = page(found, NAMES.get)
    cells = Cells()
    cells.feed(html)
    rows = {row[0]: row[1:] for row in cells.rows}
    assert rows["Argentine"] == ["1\u202f000", "110", "40", "850", "11,0\u00a0%", "93,5\u00a0%"]
    assert rows["Ensemble"] == ["1\u202f409", "515", "40", "854", "36,6\u00a0%", "95,2\u00a0%"]
    countries = [row[0] for row in cells.rows]
    assert countries.index("Argentine") < countries.index(
        "2 autres, trop petits pour être séparés", countries.index("Argentine")
    )
    assert "Rosario & Salta" in rows
    assert "Rosario & Salta" not in html
    assert cells.addresses == []
    assert "À l’ouverture, le 5\u00a0juin 2027 à 12\u00a0h\u00a000 (heure de Paris, UTC+2)" in html
    assert '<html lang="fr">' in html


async def test_too_few_for_a_figure(reported):
    """R32: neither page nor table tells of a handful of voters."""
    few = [(("2", "Salta", "AR"), Tally(7, 3), Tally(7, 3))]
    found, _ = await reported(OPENS + HOUR / 2, counts=few)
    html = page(found, NAMES.get)
    assert "Trop peu d’électeurs" in html
    assert "Salta" not in html
    assert "Salta" not in csv_text(found)


async def test_the_table(reported):
    """R49: one line a group, axis and moment; the lines of an axis add up to that of all."""
    found, _ = await reported(OPENS + HOUR / 2)
    text = csv_text(found)
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert tuple(rows[0]) == COLUMNS
    (everybody,) = [row for row in rows if row["group"] == "*"]
    for axis in AXES:
        for figure in COLUMNS[4:]:
            parts = sum(int(row[figure]) for row in rows if row["axis"] == axis.value)
            assert parts == int(everybody[figure])


async def test_a_place_is_no_formula(reported):
    """R49: in a spreadsheet, whatever the register calls it."""
    named = [(("2", "=1+1", "AR"), Tally(100, 30), Tally(100, 30))]
    found, _ = await reported(OPENS + HOUR / 2, counts=named)
    assert ";'=1+1;100;" in csv_text(found)


def test_a_moment_has_its_tables():
    """What `page` relies on: a table for each axis."""
    everybody = lines_of(PLACES, Axis.POST)
    total = evidence("2027-1", OPENS, everybody, None, 20)
    tables = [evidence("2027-1", OPENS, lines_of(PLACES, axis), axis, 20) for axis in AXES]
    report = Report(ROUND, OPENS, [Moment("", OPENS, total, tables)])
    assert page(report, NAMES.get).count("<table>") == len(AXES)


async def test_the_first_sending_stands_apart(reported):
    """R59: in tables of its own, with a share of what was reported; in lines of its own."""
    found, _ = await reported(OPENS + HOUR / 2)
    at, tally = OPENS - DAY, Tally(100, 11, 80)
    lines = [Line("Lima", tally, tally)]
    total, *tables = (evidence("2027-1", at, lines, axis, 20) for axis in (None, *AXES))
    html = page(replace(found, first_sending=FirstSending(total, tables)), NAMES.get)
    cells = Cells()
    cells.feed(html)
    assert ["Lima", "100", "11", "80", "9", "11,0\u00a0%"] in cells.rows
    assert "Premier envoi" not in page(found, NAMES.get)
    few = evidence("2027-1", at, lines, None, 101)
    hidden = replace(found, first_sending=FirstSending(few, [few, few, few]))
    assert "Trop peu d’électeurs pour" in page(hidden, NAMES.get)
    assert "Lima" not in page(hidden, NAMES.get) + csv_text(hidden)
    text = csv_text(replace(found, first_sending=FirstSending(total, tables)))
    lines = [line for line in text.splitlines() if line.startswith("first;")]
    assert lines[0] == f"first;{at.isoformat()};;*;100;11;80;9;11;80;9"
    assert len(lines) == 1 + len(AXES)


RAISED = Alert(
    "a",
    AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.COUNTRY, "AR"),
    {},
    OPENS + 2 * HOUR,
    OPENS + 2 * HOUR,
    OPENS + 3 * HOUR,
)


class TestCourse:
    """How the round went, hour by hour, and what happened beside it."""

    async def test_shares_by_the_hour(self, reported):
        """R49: a point for each whole hour since the opening, drawn and told in a table."""
        found, _ = await reported(OPENS + 5 * HOUR + HOUR / 2)
        course = found.course
        assert [each.as_of for each in course.shares] == [
            OPENS + hours * HOUR for hours in range(6)
        ]
        assert course.points[0] == (0.0, 63.45)
        assert [x for x, _ in course.points] == sorted({x for x, _ in course.points})
        html = page(found, NAMES.get)
        assert 'points="0.0,63.45 ' in html
        cells = Cells()
        cells.feed(html)
        hours = [row for row in cells.rows if row[0].startswith("le 5\u00a0juin 2027 à")]
        assert len(hours) == 6
        assert hours[0][1:] == ["1\u202f409", "515", "40", "854", "36,6\u00a0%", "95,2\u00a0%"]

    async def test_a_long_round_has_points_far_apart(self, reported):
        """At most 48 and the closing's, evenly."""
        found, _ = await reported(OPENS + 9 * DAY)
        at = [each.as_of for each in found.course.shares]
        assert len(at) <= 49
        assert at[-1] == ROUND.closes_at
        assert {later - earlier for earlier, later in pairwise(at)} == {3 * HOUR}

    async def test_too_few(self, reported):
        """R32: no curve of a handful of voters."""
        few = [(("2", "Salta", "AR"), Tally(7, 3), Tally(7, 3))]
        found, _ = await reported(OPENS + 3 * HOUR, counts=few)
        assert "<polyline" not in page(found, NAMES.get)
        assert "pour qu’une courbe soit donnée" in page(found, NAMES.get)

    async def test_not_before_an_hour(self, reported):
        found, _ = await reported(OPENS + HOUR / 2)
        assert found.course is None

    @pytest.mark.parametrize(
        ("alert", "row", "bar"),
        [
            (
                RAISED,
                [
                    "le 5\u00a0juin 2027 à 14\u00a0h\u00a000 (heure de Paris, UTC+2)",
                    "en cours",
                    "Trop peu de messages arrivent (pays AR)",
                    "–",
                ],
                'x="20.0" y="0.15" height="0.7" width="80.0"',
            ),
            (
                replace(
                    RAISED.acknowledged("operator-1", "", OPENS),
                    resolved_at=OPENS + 3 * HOUR,
                    times=2,
                ),
                [
                    "le 5\u00a0juin 2027 à 14\u00a0h\u00a000 (heure de Paris, UTC+2)",
                    "le 5\u00a0juin 2027 à 15\u00a0h\u00a000 (heure de Paris, UTC+2)",
                    "Trop peu de messages arrivent (pays AR) (2 fois)",
                    "operator-1",
                ],
                'x="20.0" y="0.15" height="0.7" width="10.0"',
            ),
        ],
        ids=["goes on", "is over"],
    )
    async def test_incidents(self, reported, alert, row, bar):
        """R53: each alert of the round's time is a line, and a bar beneath the curve."""
        found, _ = await reported(OPENS + 10 * HOUR, alerts=[alert])
        html = page(found, NAMES.get)
        cells = Cells()
        cells.feed(html)
        assert row in cells.rows
        assert bar in html

    async def test_incidents_in_their_order(self, reported):
        """The one that was raised first comes first; the list of alerts has it last."""
        later = replace(RAISED, id="b", first_seen=OPENS + 4 * HOUR)
        found, _ = await reported(OPENS + 10 * HOUR, alerts=[later, RAISED])
        assert [each.since for each in found.course.incidents] == [
            OPENS + 2 * HOUR,
            OPENS + 4 * HOUR,
        ]

    @pytest.mark.parametrize(
        "alert",
        [
            replace(RAISED, first_seen=OPENS - DAY, resolved_at=OPENS - HOUR),
            replace(RAISED, first_seen=OPENS + 11 * HOUR),
        ],
        ids=["before", "later"],
    )
    async def test_of_another_time(self, reported, alert):
        """What was over before the opening, or came later, is no incident of this round."""
        found, _ = await reported(OPENS + 10 * HOUR, alerts=[alert])
        assert found.course.incidents == []
        assert "Aucun." in page(found, NAMES.get)

    async def test_what_operators_did(self, reported):
        """R42: in the order of time, in French, those of the round alone."""
        acts = [
            Intervention(OPENS + 2 * HOUR, "operator-2", Act.ROUTES_CHANGED, "north & south"),
            Intervention(OPENS + HOUR, "operator-1", Act.JOBS_REQUEUED),
            Intervention(OPENS - HOUR, "operator-1", Act.REGISTER_IMPORTED),
        ]
        found, _ = await reported(OPENS + 10 * HOUR, acts=acts)
        cells = Cells()
        cells.feed(page(found, NAMES.get))
        done = [row[1:] for row in cells.rows if row[-1] in ("operator-1", "operator-2")]
        assert done == [
            ["Tâches remises en file", "–", "operator-1"],
            ["Routes changées", "north & south", "operator-2"],
        ]


def test_every_act_has_words():
    """What operators may do, the page can tell."""
    assert ACTS.keys() == set(Act)
