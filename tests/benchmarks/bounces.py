"""How many public samples of bounces are tied to their e-mail, when that carried our tag.

    python tests/benchmarks/bounces.py FOLDER [--bounds 0.95]

FOLDER holds bounces as files, such as a copy of the set of test mails of the project sisimai (none
is kept here). In each, the Message-ID of the e-mail that came back is replaced by one of ours,
wherever it stands; those that hold none, complaints (ARF) and absence notes are left out, for they
are no bounces that we could tie. Prints by family what was tied, and with which codes; fails below
the bound.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from adapters.email.bounces import Bounces, NotABounce
from adapters.email.message_ids import MessageIds
from core.keys import Keyring, SecretKey

DELIVERY = "mzxw6ytboi2dsmbrgiztinjw.link"
IDS = MessageIds("vote.example.org", Keyring((SecretKey("benchmark", b"b" * 32),)))
NO_BOUNCES = ("arf-", "rfc3834-")
_MESSAGE_ID = re.compile(rb"message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,250}>)", re.IGNORECASE)


class Moment:
    def now(self) -> datetime:
        return datetime(2027, 6, 5, 12, tzinfo=UTC)


def with_our_tag(mail: bytes) -> bytes | None:
    """The sample as if the e-mail that came back had been ours. None: it does not hold its id."""
    head, gap, body = mail.partition(b"\r\n\r\n" if b"\r\n\r\n" in mail else b"\n\n")
    own = {found[1] for found in _MESSAGE_ID.finditer(head)}
    returned = [found[1] for found in _MESSAGE_ID.finditer(body) if found[1] not in own]
    if not returned:
        return None
    ours = IDS.of(DELIVERY).encode()
    return head.replace(returned[0], ours) + gap + body.replace(returned[0], ours)


def outcome(mail: bytes) -> tuple[bool, str]:
    """Whether it was tied, and what it says."""
    try:
        bounce = Bounces(IDS, Moment()).read(mail)
    except NotABounce as no:
        return False, no.reason
    return bounce.delivery == DELIVERY, f"{bounce.state}: {bounce.reason or 'reason unknown'}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--bound", type=float, default=0.95)
    options.add_argument("--each", action="store_true", help="a line for each sample")
    chosen = options.parse_args()
    tied, carrying, said = Counter[str](), Counter[str](), Counter[str]()
    for file in sorted(path for path in chosen.folder.rglob("*") if path.is_file()):
        mail = with_our_tag(file.read_bytes())
        if mail is None or file.name.startswith(NO_BOUNCES):
            continue
        family = re.sub(r"-\d+\.\w+$", "", file.name)
        is_tied, words = outcome(mail)
        carrying[family] += 1
        tied[family] += is_tied
        said[words] += 1
        if chosen.each:
            print(f"{file.name}\t{'tied' if is_tied else 'NOT TIED'}\t{words}")
    for family in sorted(carrying):
        if tied[family] < carrying[family]:
            print(f"{tied[family]:4} of {carrying[family]:4}  {family}")
    for words, count in said.most_common():
        print(f"{count:5}  {words}")
    share = tied.total() / max(carrying.total(), 1)
    print(f"{tied.total()} of {carrying.total()} tied ({share:.1%})")
    sys.exit(0 if share >= chosen.bound else 1)


if __name__ == "__main__":
    main()
