#!/usr/bin/env bash
# Mounts the gateway in FastAPI and in Litestar, in an environment of their own, and asks each for the
# voting round below the mount. Prints what each answered: FastAPI 200, Litestar a redirect.
set -euo pipefail
cd "$(dirname "$0")/../.."
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
python3 -m venv "$made/venv"
"$made/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
"$made/venv/bin/pip" install --quiet --disable-pip-version-check fastapi==0.165.0 litestar==2.25.0
export REASSORT_KEYS REASSORT_DATA_DIR="$made" REASSORT_EMAIL=inbox REASSORT_SMS=inbox PYTHONPATH=.
REASSORT_KEYS=$(.venv/bin/reassort new-key)
export REASSORT_VOTING_ROUNDS='[{"id": "trial", "opens_at": "2020-01-01T00:00:00Z", "closes_at": "2099-01-01T00:00:00Z"}]'
export REASSORT_LINK_TEMPLATE='https://vote.example.org/renouveler#token={token}'
.venv/bin/reassort migrate >/dev/null
"$made/venv/bin/python" - <<'PY'
import contextlib
from importlib.metadata import version

import fastapi
import litestar
from fastapi.testclient import TestClient
from litestar.testing import TestClient as LitestarClient

from graphql_api.compose import compose
from graphql_api.plugin import mount
from graphql_api.settings import read_settings

ASK = {"query": "{ votingRound { id isOpen } }"}


def said(name, client):
    answer = client.post("/renewal/graphql", json=ASK, follow_redirects=False)
    print(name, version(name), answer.status_code, answer.headers.get("location") or answer.text)


mounted = mount(compose(read_settings()), "/renewal")


@contextlib.asynccontextmanager
async def lifespan(_):
    async with mounted.running():
        yield


api = fastapi.FastAPI(lifespan=lifespan)
api.router.routes.append(mounted.route)
with TestClient(api) as client:
    said("fastapi", client)

below = litestar.asgi("/renewal", is_mount=True)(mount(compose(read_settings()), "/renewal").route.app)
with LitestarClient(litestar.Litestar(route_handlers=[below])) as client:
    said("litestar", client)
PY
