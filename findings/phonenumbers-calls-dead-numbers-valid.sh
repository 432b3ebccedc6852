#!/usr/bin/env bash
# phonenumbers 9.0.43 calls mobile numbers of former numbering plans valid: Gabon's eight digits, which
# ended on 2024-04-06 (ANINF), and Kosovo's +377 44, which ended when +383 was given. "Valid" is no
# promise that a message arrives. Numbers are made up.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check phonenumbers==9.0.43
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import phonenumbers as library

print(f"phonenumbers {library.__version__}")
seen = {
    "+24107123456": ("Gabon, eight digits, ended 2024", True, "MOBILE"),
    "+37744123456": ("Kosovo before +383, by Monaco's code", True, "MOBILE"),
    "+22507123456": ("Côte d'Ivoire, eight digits, ended 2021", False, "UNKNOWN"),
    "+541123456789": ("Argentina, a mobile's digits without the 9", True, "FIXED_LINE"),
}
changed = False
for number, (what, valid, kind) in seen.items():
    parsed = library.parse(number)
    now_valid = library.is_valid_number(parsed)
    now_kind = library.PhoneNumberType.to_string(library.number_type(parsed))
    print(f"{number} ({what}): valid {now_valid}, kind {now_kind}")
    changed |= (now_valid, now_kind) != (valid, kind)
print("changed since this was written" if changed else "as it was when this was written")
sys.exit(changed)
PYTHON
