"""R32, R53: the files for monitoring hold: each metric is one that the product exports, each rule
is tried, and each alert leads to a page that says what to do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from .test_figures import everything

FOLDER = Path(__file__).parents[2] / "docs/monitoring"
PAGE = "docs/how-to/monitor-with-prometheus.md"
RULES, TRIALS = FOLDER / "reassort.rules.yml", FOLDER / "reassort.rules.test.yml"
SELECTOR = re.compile(r"(reassort_\w+)(?:\{([^}]*)\})?")
OF_PROMETHEUS = {"job", "instance"}
"""Labels that Prometheus adds to each sample."""


def exported() -> dict[str, set[str]]:
    """The labels of each sample that `/metrics` can show."""
    return {sample.name: set(sample.labels) for metric in everything() for sample in metric.samples}


def rules() -> list[dict]:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict:
    return json.loads((FOLDER / "grafana-dashboard.json").read_text("utf-8"))


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for variable in dashboard()["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"].partition(",")[0] + ")"
    for trial in yaml.safe_load(TRIALS.read_text("utf-8"))["tests"]:
        yield from (series["series"] for series in trial["input_series"])


def labels_of(selector: str) -> set[str]:
    return set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))


def test_every_metric_is_exported_with_its_labels():
    """R32: nobody watches a figure that is not there: it would be silent for ever."""
    known, used = exported(), set()
    for expression in expressions():
        for name, selector in SELECTOR.findall(expression):
            assert name in known, f"{name} is exported by nobody"
            assert labels_of(selector) <= known[name] | OF_PROMETHEUS, f"{name}{{{selector}}}"
            used.add(name)
    assert used == set(known), "a metric that nobody watches"


def test_groups_are_of_labels_that_there_are():
    """R32: `by` and `without` name labels of the metrics within."""
    every = {label for labels in exported().values() for label in labels} | OF_PROMETHEUS
    for expression in expressions():
        for grouped in re.findall(r"\b(?:by|without) \(([^)]*)\)", expression):
            assert {each.strip() for each in grouped.split(",")} <= every, expression


def test_every_alert_leads_to_what_to_do(read_page):
    """R53: a section of the page for each, and a severity that the example of a route knows."""
    page = read_page(PAGE)
    told = re.findall(r"^### (\w+)$", page.text, re.MULTILINE)
    names = [rule["alert"] for rule in rules()]
    assert told == names
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["runbook"] == f"{PAGE}#{rule['alert'].lower()}"
        assert rule["annotations"]["summary"]


def test_every_alert_is_tried_both_ways():
    """R53: each is seen to fire, and on the quiet day not to."""
    trials = yaml.safe_load(TRIALS.read_text("utf-8"))["tests"]
    steps = [step for trial in trials for step in trial["alert_rule_test"]]
    names = {rule["alert"] for rule in rules()}
    assert {step["alertname"] for step in steps if step.get("exp_alerts")} == names
    quiet = trials[0]["alert_rule_test"]
    assert {step["alertname"] for step in quiet if not step.get("exp_alerts")} == names


def test_the_dashboard_can_be_imported():
    """R32: each panel has a place of its own, and its source is chosen at the import."""
    board = dashboard()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids) >= 10
    taken = set()
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not cells & taken
        taken |= cells


def run_tool(tool: str, *arguments: object) -> str:
    """What it says; skips where it is not installed."""
    found = shutil.which(tool)
    if found is None:
        package = {"promtool": "prometheus", "amtool": "prometheus-alertmanager"}[tool]
        pytest.skip(f"{tool} is not installed (Debian's package {package})")
    done = subprocess.run(
        [found, *map(str, arguments)], capture_output=True, text=True, cwd=FOLDER, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_rules_hold():
    """R53: as Prometheus itself reads and tries them."""
    told = run_tool("promtool", "check", "rules", RULES.name)
    assert f"SUCCESS: {len(rules())} rules found" in told
    assert "SUCCESS" in run_tool("promtool", "test", "rules", TRIALS.name)


def test_the_dashboards_expressions_are_promql(tmp_path):
    """R32: as rules they pass Prometheus' own check."""
    queries = [
        target["expr"].replace("$job", "reassort")
        for panel in dashboard()["panels"]
        for target in panel["targets"]
    ]
    made = [{"record": f"reassort:panel:{n}", "expr": each} for n, each in enumerate(queries)]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": made}]}))
    assert f"SUCCESS: {len(queries)} rules found" in run_tool("promtool", "check", "rules", file)


def test_prometheus_takes_its_configuration():
    """R53: with the rules; the token's file is the deployment's own."""
    text = (FOLDER / "prometheus.yml").read_text("utf-8")
    assert yaml.safe_load(text)["rule_files"] == [RULES.name]
    assert "SUCCESS" in run_tool("promtool", "check", "config", "--syntax-only", "prometheus.yml")


def test_alertmanager_takes_its_configuration():
    """R53: the example."""
    assert "SUCCESS" in run_tool("amtool", "check-config", "alertmanager.yml")
