#!/usr/bin/env bash
# The wheel without the locks, as `pip install reassort` gets it: the newest release of everything that
# pyproject.toml allows, and a renewal with it, up to the SMS.
#
#   tests/trials/newest_dependencies.sh            # or PYTHON=python3.13 tests/trials/...
#   EXTRAS=ldap,valkey tests/trials/newest_dependencies.sh
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
demo=
trap '[ -z "$demo" ] || kill "$demo" || true; wait; rm -rf "$folder"' EXIT

"${PYTHON:-python3}" -m venv "$folder/venv"
pip=("$folder/venv/bin/python" -m pip --disable-pip-version-check)
"${pip[@]}" wheel --quiet --no-deps --wheel-dir "$folder" "$here"
"${pip[@]}" install --quiet "$(echo "$folder"/*.whl)${EXTRAS:+[$EXTRAS]}"
"${pip[@]}" check
cd "$folder"
venv/bin/python --version
"${pip[@]}" list --format freeze | grep -iE '^(graphql-core|pgqueuer|pydantic|starlette|strawberry-graphql|uvicorn)=='

venv/bin/reassort demo --port 0 >demo.log 2>&1 &
demo=$!
while kill -0 "$demo" 2>/dev/null && ! grep -q Portal demo.log; do sleep 0.5; done
grep Portal demo.log || { cat demo.log; exit 1; }
venv/bin/python "$here/tests/trials/first_renewal.py" "$(sed -n 's/^ *Portal *//p' demo.log)"
