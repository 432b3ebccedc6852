"""Tables and plots of a run, and the block of a page that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .bounds import bounds
from .contenders import ALLAUTH, BARE, BEFORE, BETTER_AUTH, OURS, OURS_WITH_MAIL, SQLITE_OURS
from .drawing import Bar, bars, lines
from .ratios import Spread, spread
from .results import Results, with_mail

COLOURS = {"ours": 0, "sqlite": 0, "bare": 1, "before": 5, "better": 2, "allauth": 3}
_IN_LINES = (OURS, BARE, BETTER_AUTH[1], BETTER_AUTH[2], ALLAUTH[1], BEFORE)
RATES, WAITS, MAILS = "performance-rates", "performance-waits", "performance-mails"
"""Pictures, by their files' names."""


def with_block(text: str, name: str, content: str) -> str:
    """The text with what stands between the block's two markers replaced. Raises `ValueError`
    where one is missing."""
    begin = f"<!-- {name}: written by tests.benchmarks.beside_peers -->"
    end = f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"the markers of the block `{name}` are missing")
    return f"{before}{begin}\n\n{content.strip()}\n\n{end}{after}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """As Markdown."""
    lines_ = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join([*lines_, *("| " + " | ".join(row) + " |" for row in rows)])


def report(results: Results, pictures: str) -> str:
    """The whole block. `pictures`: the path from the page to the folder of pictures, or nothing."""
    return "\n\n".join(_parts(results, pictures))


def plots(results: Results) -> dict[str, str]:
    """SVG by a picture's name."""
    return {RATES: _rates(results), WAITS: _waits(results), MAILS: _mails(results)}


# -- Tables --


def _parts(results: Results, pictures: str) -> Iterator[str]:
    yield circumstances(results)
    if results.loaded("postgres"):
        yield "### On PostgreSQL: answers a second"
        yield _picture(results, RATES, pictures)
        yield _rate_table(results, "postgres")
        yield "### On PostgreSQL: reassort with its default settings, beside each"
        yield _ratio_table(results, "postgres", OURS)
        yield "### On PostgreSQL: how long a caller waits"
        yield _picture(results, WAITS, pictures)
        yield _wait_table(results, "postgres")
    if results.loaded("sqlite"):
        yield "### On SQLite"
        yield _rate_table(results, "sqlite")
        yield _ratio_table(results, "sqlite", SQLITE_OURS)
        yield _wait_table(results, "sqlite")
    if results.senders():
        yield "### With the e-mail's CPU on both sides"
        yield _picture(results, MAILS, pictures)
        yield _mail_table(results)
    yield "### Bounds"
    yield _bound_table(results)


def circumstances(results: Results) -> str:
    """In one paragraph: when, where, how busy, and which versions."""
    told = results.circumstances
    low, high = told["load"]
    quick = " The run was a short one." if told["quick"] else ""
    return (
        f"Measured on {told['when']}: {told['processor']}, {told['cores']} cores; load of the "
        f"machine {low:.1f} before and {high:.1f} after, of which the run itself makes about 2."
        f"{quick} {told['rounds']} rounds of {told['seconds']:g} s for each cell, after "
        f"{told['warm']:,} requests to warm up. {told['versions']}."
    )


def _rate_table(results: Results, engine: str) -> str:
    connections = results.connections(engine)
    head = ["answers a second, by connections", *map(str, connections), "CPU an answer, µs"]
    head += ["of the database, µs"] if engine == "postgres" else []
    middle = 16 if 16 in connections else connections[0]
    rows: list[list[str]] = []
    for name in results.loaded(engine):
        row = [_rate(results, name, each) for each in connections]
        row.append(f"{results.median(name, middle, 'cpu'):,.0f}")
        if engine == "postgres":
            row.append(f"{results.median(name, middle, 'database_cpu'):,.0f}")
        rows.append([results.words[name], *row])
    note = f"Medians of the rounds. CPU at {middle} connections, each e-mail that is sent included."
    return f"{table(head, rows)}\n\n{note}"


def _rate(results: Results, name: str, connections: int) -> str:
    """With what was refused in all rounds together, where anything was."""
    refused = sum(each.refused for each in results.figures[f"{name}/{connections}"])
    rate = f"{results.median(name, connections, 'rate'):,.0f}"
    return f"{rate} ({refused:,} refused)" if refused else rate


def _ratio_table(results: Results, engine: str, ours: str) -> str:
    if ours not in results.loaded(engine):
        return "It was not measured in this run."
    connections = results.connections(engine)
    head = [f"{results.words[ours]}, times", *map(str, connections), "by CPU"]
    middle = 16 if 16 in connections else connections[0]
    rows = [
        [
            results.words[name],
            *(results.ratio(ours, name, each).told() for each in connections),
            results.ratio(name, ours, middle, "cpu").told(),
        ]
        for name in results.loaded(engine)
        if name != ours
    ]
    return f"{table(head, rows)}\n\n{_spreads(results)}"


def _spreads(results: Results) -> str:
    rounds = results.circumstances["rounds"]
    between = "the middle half" if rounds >= 4 else "all"
    return f"Medians of the ratios within a round; in brackets between what {between} of them lie."


def _wait_table(results: Results, engine: str) -> str:
    connections = results.connections(engine)
    head = ["p50 / p99 in ms, by connections", *map(str, connections)]
    rows = [
        [
            results.words[name],
            *(
                " / ".join(_ms(results.median(name, each, part)) for part in ("p50", "p99"))
                for each in connections
            ),
        ]
        for name in results.loaded(engine)
    ]
    return table(head, rows)


def _mail_table(results: Results) -> str:
    head = ["answer and e-mail", "a second", "CPU, µs", "of it the worker's", "the database's"]
    head += ["times reassort's CPU"]
    rows: list[list[str]] = []
    for name in results.senders():
        figures = results.mails(name)
        rate = spread([each.mailed_rate for each in figures]).median
        times = results.mail_ratio(OURS_WITH_MAIL, name).told() if _ours_sent(results) else ""
        cells = [f"{rate:,.0f}", *map(_us, _costs(results, name)), times]
        rows.append([results.words[name], *cells])
    note = (
        "Of a request to the moment when its e-mail is at the relay; server, and worker where there"
        " is one, on one core."
    )
    return f"{table(head, rows)}\n\n{note}"


def _costs(results: Results, name: str) -> list[float]:
    figures = results.mails(name)
    told = ([each.worker_cpu for each in figures], [each.database_cpu for each in figures])
    return [spread(each).median for each in (with_mail(figures), *told)]


def _ours_sent(results: Results) -> bool:
    return bool(results.mails(OURS_WITH_MAIL))


def _bound_table(results: Results) -> str:
    rows = [
        [
            each.what,
            f"at {'most' if each.is_limit else 'least'} {each.wanted:g}",
            f"{each.found:.2f}",
            "yes" if each.is_met else "**no**",
            "" if each.by_cpu is None else f"{each.by_cpu:.2f}",
        ]
        for each in bounds(results)
    ]
    return table(["what", "bound", "found", "met", "the same by CPU"], rows)


def _ms(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _us(value: float) -> str:
    return f"{value:,.0f}"


# -- Plots --


def _picture(results: Results, name: str, pictures: str) -> str:
    """The plot with its figures as its text, for who does not see it."""
    if not pictures:
        return ""
    told = {RATES: _told_rates, WAITS: _told_waits, MAILS: _told_mails}[name](results)
    return f"![{told}]({pictures}/{name}.svg)"


def _middle(results: Results) -> int:
    connections = results.connections("postgres")
    return 16 if 16 in connections else connections[0]


def _rates(results: Results) -> str:
    middle = _middle(results)
    rows = [_bar(results, name, results.spread(name, middle, "rate")) for name in _on(results)]
    title = f"Password requests accepted on one core, {middle} connections, PostgreSQL"
    return bars(title, "answers a second; whiskers: the spread of the rounds", rows)


def _bar(results: Results, name: str, of: Spread) -> Bar:
    colour = COLOURS[name.partition("_")[0]]
    return Bar(results.words[name], (of.median,), of.low, of.high, colour)


def _on(results: Results) -> list[str]:
    return results.loaded("postgres")


def _waits(results: Results) -> str:
    series = {
        results.words[name]: [
            (each, results.median(name, each, "p99")) for each in results.connections("postgres")
        ]
        for name in _IN_LINES
        if name in _on(results)
    }
    units = ("keep-alive connections, each with one request at a time", "milliseconds, p99")
    return lines("How long 99 of 100 callers wait at most", units, series)


def _mails(results: Results) -> str:
    rows: list[Bar] = []
    for name in results.senders():
        whole, worker, _ = _costs(results, name)
        rows.append(Bar(results.words[name], (whole - worker, worker)))
    title = "CPU of a password request until its e-mail is at the relay"
    return bars(title, "microseconds", rows, ("the server that answers", "the worker"))


def _told_rates(results: Results) -> str:
    middle = _middle(results)
    told = [
        f"{results.words[each]} {results.median(each, middle, 'rate'):,.0f}"
        for each in _on(results)
    ]
    return f"Bars of answers a second at {middle} connections: {'; '.join(told)}"


def _told_waits(results: Results) -> str:
    last = max(results.connections("postgres"))
    told = [
        f"{results.words[each]} {_ms(results.median(each, last, 'p99'))} ms"
        for each in _IN_LINES
        if each in _on(results)
    ]
    return f"Lines of p99 waits by connections; at {last}: {'; '.join(told)}"


def _told_mails(results: Results) -> str:
    told = [
        f"{results.words[each]} {_us(_costs(results, each)[0])} µs" for each in results.senders()
    ]
    return f"Bars of CPU a request with its e-mail: {'; '.join(told)}"
