#!/usr/bin/env bash
# The suite in other orders, in parallel, while the machine is loaded: prints wall and CPU seconds of
# each round, and fails when a test does.
#
#   tests/trials/suite_figures.sh [ROUNDS [BUSY [PYTEST'S ARGUMENTS...]]]
#
# ROUNDS: ten unless given. BUSY: processes that do nothing but load the machine; none unless given.
# They are as nice as the tests are, and end with this script.
set -euo pipefail
cd "$(dirname "$0")/../.."
workers=$(($(nproc) < 3 ? $(nproc) + 1 : 4))
rounds=${1:-10} busy=${2:-0}
shift $(($# < 2 ? $# : 2))
loads=()
trap '((${#loads[@]})) && kill "${loads[@]}"; rm -f "$figures"' EXIT
figures=$(mktemp)
for ((i = 0; i < busy; i++)); do
    (while :; do :; done) &
    loads+=($!)
done
TIMEFORMAT='%R s, %U s of CPU of ours and %S s of the system'
failed=0
for ((seed = 1; seed <= rounds; seed++)); do
    { time .venv/bin/pytest -q -p no:cacheprovider -n "$workers" --dist loadfile \
        --shuffle "$seed" "$@" >"$figures.out" 2>&1 || failed=1; } 2>"$figures"
    echo "seed $seed: $(tail -n 1 "$figures.out"), $(cat "$figures")"
    grep -E '^(FAILED|ERROR)' "$figures.out" || true
done
rm -f "$figures.out"
exit $failed
