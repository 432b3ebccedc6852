#!/usr/bin/env bash
# Builds Ariadne's federated schema from `reassort schema --federated --bare`, in an environment of its
# own, and asks it for the SDL that its router would get. Prints `taken`, and the refusal of the whole SDL.
set -euo pipefail
cd "$(dirname "$0")/../.."
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
python3 -m venv "$made/venv"
"$made/venv/bin/pip" install --quiet --disable-pip-version-check ariadne==1.1.1
.venv/bin/reassort schema --federated --bare >"$made/bare.graphql"
.venv/bin/reassort schema --federated >"$made/whole.graphql"
"$made/venv/bin/python" - "$made/bare.graphql" "$made/whole.graphql" <<'PY'
import sys
from pathlib import Path

from ariadne import QueryType
from ariadne.contrib.federation import FederatedObjectType, make_federated_schema
from graphql import graphql_sync


def build(path):
    text = Path(path).read_text("utf-8")
    return make_federated_schema([text], QueryType(), FederatedObjectType("VotingRound"))


told = graphql_sync(build(sys.argv[1]), "{ _service { sdl } }")
assert not told.errors, told.errors
assert 'VotingRound @key(fields: "id")' in told.data["_service"]["sdl"]
print("taken")
try:
    build(sys.argv[2])
except TypeError as refusal:
    print("the whole one is refused:", str(refusal).partition("\n")[0])
PY
