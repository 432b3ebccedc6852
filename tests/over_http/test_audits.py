"""The audits of the npm package `graphql-http`, all of them, against a real server."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.over_http.gateway import GatewayProcess

SERVERS = Path(__file__).parents[1] / "servers"
AUDITS = 61
node = shutil.which("node")


@pytest.mark.skipif(node is None, reason="node is not installed")
@pytest.mark.skipif(
    not (SERVERS / "node_modules" / "graphql-http").is_dir(),
    reason="graphql-http is not installed: npm ci --prefix tests/servers",
)
def test_every_audit_passes(tmp_path, nursery):
    """R36: 61 of 61, MUST, SHOULD and MAY. The audits ask for `__type`, hence introspection."""
    process = GatewayProcess(tmp_path, nursery.start, introspection="true")
    try:
        done = subprocess.run(
            [str(node), str(SERVERS / "graphql_http_audit.mjs"), process.graphql],
            capture_output=True,
            text=True,
            timeout=300,
        )
    finally:
        process.stop()
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert [each for each in results if each["status"] != "ok"] == []
    assert len(results) == AUDITS
