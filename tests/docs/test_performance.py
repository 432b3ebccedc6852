"""What the performance pages say is what was measured, and plots can be read by everyone."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.beside_peers.bounds import bounds
from tests.benchmarks.beside_peers.capacity import ROUTES, cores, machines, plan
from tests.benchmarks.beside_peers.documents import documents
from tests.benchmarks.beside_peers.drawing import Bar, bars, lines
from tests.benchmarks.beside_peers.measuring import Figure
from tests.benchmarks.beside_peers.page import report, table, with_block
from tests.benchmarks.beside_peers.ratios import Spread, ratio, spread
from tests.benchmarks.beside_peers.relay import Session, Taken
from tests.benchmarks.beside_peers.renewals import CODE
from tests.benchmarks.beside_peers.results import Results
from tests.benchmarks.http_load import Load, quantile, rows

CIRCUMSTANCES = Results({"when": "today", "processor": "a", "load": [1, 2]}, {}, {}, {})
BEGIN = "<!-- here: written by tests.benchmarks.beside_peers -->"
SVG = "{http://www.w3.org/2000/svg}"


def test_a_ratio_is_taken_within_each_round() -> None:
    """A round in which the machine was busy slows both, and does not count as a difference."""
    assert ratio([10, 100, 20], [5, 50, 10]) == Spread(2, 2, 2)
    assert ratio([10, 100], [10, 50]) == Spread(1.5, 1, 2)


def test_few_rounds_are_told_by_least_and_most_many_by_quartiles() -> None:
    assert spread([3, 1, 2]) == Spread(2, 1, 3)
    assert spread([1, 2, 3, 4, 100]) == Spread(3, 2, 4)
    assert spread([1, 2, 3]).told(1) == "2.0 (1.0 to 3.0)"


@pytest.mark.parametrize(("ours", "theirs"), [([], []), ([1], [1, 2]), ([1], [0])])
def test_rounds_that_do_not_match_are_refused(ours, theirs) -> None:
    with pytest.raises(ValueError, match=r"nothing|argument|round"):
        ratio(ours, theirs)


def test_waits_are_told_by_who_waited_longest() -> None:
    waits = [float(each) for each in range(100, 0, -1)]
    assert (quantile(waits, 0.5), quantile(waits, 0.99)) == (51, 100)
    assert quantile([7.0], 0.99) == 7
    with pytest.raises(ValueError, match="nothing was answered"):
        quantile([], 0.5)


def test_a_block_is_replaced_and_the_rest_stays() -> None:
    text = f"before\n{BEGIN}\nold\n<!-- end of here -->\nafter\n"
    once = with_block(text, "here", "| new |")
    assert once == f"before\n{BEGIN}\n\n| new |\n\n<!-- end of here -->\nafter\n"
    assert with_block(once, "here", "| new |") == once


@pytest.mark.parametrize("text", ["", BEGIN, f"<!-- end of here -->{BEGIN}"])
def test_a_page_without_the_markers_is_refused(text) -> None:
    with pytest.raises(ValueError, match="here"):
        with_block(text, "here", "new")


def test_tables_are_markdown() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n|---|---|\n| 1 | 2 |"


def test_bars_are_as_long_as_their_figures() -> None:
    """And their text says the same for who does not see them."""
    drawn = bars("Speed & more", "answers", [Bar("ours", (100,), 90, 110), Bar("theirs", (25,))])
    picture = ElementTree.fromstring(drawn)
    widths = [float(each.attrib["width"]) for each in picture.iter(f"{SVG}rect")][1:]
    assert widths[0] == pytest.approx(4 * widths[1], rel=0.01)
    assert picture.findtext(f"{SVG}title") == "Speed & more"
    assert picture.findtext(f"{SVG}desc") == "answers. ours: 100; theirs: 25."
    assert "prefers-color-scheme: dark" in drawn


def test_parts_of_a_bar_stand_behind_each_other() -> None:
    drawn = bars("CPU", "µs", [Bar("ours", (30, 70))], ("gateway", "worker"))
    rects = [each.attrib for each in ElementTree.fromstring(drawn).iter(f"{SVG}rect")]
    first, second = (each for each in rects if each.get("height") == "18")
    assert float(second["x"]) == pytest.approx(float(first["x"]) + float(first["width"]))
    assert [first["class"], second["class"]] == ["c0", "c1"]


def test_lines_go_up_with_their_figures() -> None:
    drawn = lines("Waits", ("connections", "ms"), {"a": [(1, 1), (10, 10), (100, 100)]})
    (line,) = ElementTree.fromstring(drawn).iter(f"{SVG}polyline")
    points = [tuple(map(float, each.split(","))) for each in line.attrib["points"].split()]
    (x0, y0), (x1, y1), (x2, y2) = points
    assert (x2 - x1, y1 - y2) == pytest.approx((x1 - x0, y0 - y1))
    assert x0 < x1
    assert y0 > y1


@pytest.mark.parametrize("series", [{}, {"a": [(1, 0)]}])
def test_nothing_is_not_drawn(series) -> None:
    with pytest.raises(ValueError, match="Waits"):
        lines("Waits", ("connections", "ms"), series)
    with pytest.raises(ValueError, match="Speed"):
        bars("Speed", "answers", [Bar("ours", (0,))])


class Wire:
    """What a session writes to."""

    def __init__(self) -> None:
        self.said = b""

    def write(self, data: bytes) -> None:
        self.said += data

    def close(self) -> None:
        self.said += b"closed"


def test_the_relay_counts_mails_with_a_link(tmp_path: Path) -> None:
    """However the bytes come in."""
    taken, wire = Taken.at_zero(tmp_path / "taken"), Wire()
    session = Session(taken)
    session.connection_made(wire)  # pyright: ignore[reportArgumentType]
    mail = b"DATA\r\nSubject: a\r\n\r\n%b\r\n.\r\n"
    sent = b"EHLO me\r\n" + mail % b"https://vote.example.org" + mail % b"nothing" + b"QUIT\r\n"
    for each in range(len(sent)):
        session.data_received(sent[each : each + 1])
    assert taken.count == 1
    assert wire.said.count(b"\r\n250 2.0.0") == 1
    assert wire.said.count(b"554 There") == 1
    assert wire.said.endswith(b"221 Bye\r\nclosed")


def figure(number: int, **given: float) -> Figure:
    usual = Figure(number, 100, 1000, 0, 100, 5, 10, 100, 0)
    return replace(usual, **given)


def results(**rates: float) -> Results:
    """Three rounds each at 16 connections."""
    figures = {
        f"{name}/16": [figure(number, rate=rate * number) for number in (1, 2, 3)]
        for name, rate in rates.items()
    }
    return Results(
        {"rounds": 3}, {each: each for each in rates}, dict.fromkeys(rates, "postgres"), figures
    )


@pytest.mark.parametrize(("ours", "is_met"), [(65, True), (64, False)])
def test_a_bound_is_met_or_not_by_the_medians_of_ratios(ours, is_met) -> None:
    found = {each.what: each for each in bounds(results(ours=ours, bare=100))}
    assert found["default settings / bare, 16 connections"].is_met is is_met
    assert found["p99 at 16 connections, default settings, ms"].is_met


def test_a_long_wait_does_not_meet_its_bound() -> None:
    slow = Results({}, {}, {"ours": "postgres"}, {"ours/16": [figure(1, p99=21)]})
    (found,) = bounds(slow)
    assert not found.is_met


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    measured = results(ours=3, bare=5)
    measured.write(tmp_path / "figures.json")
    assert Results.read(tmp_path / "figures.json") == measured


def test_a_renewal_takes_two_codes_and_half_of_each_core() -> None:
    costs = {CODE: 1.0, "gateway: accept": 2.0, "worker: e-mail": 8.0, "PostgreSQL beside": 3.0}
    needed = cores(costs, rate=500)
    assert needed == {"gateway": 4, "worker": 8, "argon2id": 0, "PostgreSQL": 3}


@pytest.mark.parametrize(("needed", "count"), [(0.1, 2), (4, 2), (4.1, 3), (40, 11)])
def test_one_machine_is_to_spare(needed, count) -> None:
    assert machines(needed) == count


def test_a_plan_has_every_route_with_its_source_or_a_gap() -> None:
    """A figure from outside has an address, or is to be filled in."""
    measured = replace(CIRCUMSTANCES, renewal={CODE: 1.0, "worker: all": 10.0})
    lines = plan(measured).splitlines()
    for route in ROUTES:
        (line,) = (each for each in lines if each.startswith(f"| {route.name} "))
        assert ("https://" in line) != ("fill in" in line and "…" in line)


def test_without_a_measured_renewal_there_is_no_plan() -> None:
    with pytest.raises(ValueError, match="no whole renewal"):
        plan(CIRCUMSTANCES)


def test_pages_and_plots_are_of_the_same_run(root: Path) -> None:
    """Who changes how they are made, makes them again: `--from`, with the JSON, `--write-docs`."""
    measured = Results.read(root / "docs/reference/performance.json")
    for path, text in documents(measured).items():
        assert path.read_text("utf-8") == text, path


async def test_the_load_tells_when_a_server_hangs_up() -> None:
    """Fewer connections than were meant would pass for a quicker server."""

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer_once, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(SystemExit, match="2 connections of 2"):
            await Load(rows(20), b"true").run(port, 2, 5)


@pytest.mark.parametrize("chunks", [1, 7])
async def test_the_load_waits_for_the_whole_answer(chunks) -> None:
    """By its length or by its last chunk, however it is cut on the way."""
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntrue\r\n0\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            if head.startswith(b"Content-Length:"):
                await reader.readexactly(int(head.split()[1]) + 2)
                for start in range(0, len(whole), -(-len(whole) // chunks)):
                    writer.write(whole[start : start - (-len(whole) // chunks)])
                    await writer.drain()
                    await asyncio.sleep(0)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        load = Load(rows(6), b"true")
        await load.run(server.sockets[0].getsockname()[1], 2, 30)
    assert load.answered == 6
    assert len(load.waits) == 6


async def test_the_load_counts_what_is_refused_apart() -> None:
    """A 503 is no answer, and ends nothing; anything else that was not expected does."""
    first = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nlater"
    others = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = first
        while head := await reader.readline():
            if head.startswith(b"Content-Length:"):
                await reader.readexactly(int(head.split()[1]) + 2)
                writer.write(said)
                said = others
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        load = Load(rows(6), b"true")
        await load.run(server.sockets[0].getsockname()[1], 2, 30)
    assert (load.answered, load.refused) == (4, 2)


def test_a_run_without_ours_is_told_all_the_same() -> None:
    told = {"when": "", "processor": "", "cores": 2, "load": [1, 2], "quick": True}
    told |= {"rounds": 3, "seconds": 1, "warm": 10, "versions": ""}
    said = report(replace(results(bare=100), circumstances=told), "")
    assert "| bare | 200 |" in said
    assert "It was not measured in this run." in said
