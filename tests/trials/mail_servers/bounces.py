"""Real mail servers between our SMTP adapter and a hop that fails: what comes back, and what is
read of it.

    sudo python tests/trials/mail_servers/bounces.py ROOTS [SERVER ...] [--keep FOLDER]

ROOTS is a folder for the servers' roots (debootstrap makes them there, 300 MB each; they are used
again). Everything else stays on the loopback address. For each server and each way to fail
(refused, full, against a policy, refused without a code, delayed and then given up) one e-mail with
a link goes out; prints what each report says, how it is tied, and whether it shows the link. Fails
when an e-mail's failure stays unread. `--keep` leaves the reports in a folder, by server.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from hop import CASES, serve
from servers import GIVE_UP, SERVERS, MailServer, cut_off, in_root, install, mount

from adapters.email.bounces import Bounces, NotABounce
from adapters.email.envelope import BounceAddress
from adapters.email.message_ids import MessageIds
from adapters.email.renderer import AssistanceContact, EmailRenderer, EmailSettings
from adapters.email.smtp import SmtpEmail
from adapters.email.smtp_connections import SmtpSecurity, SmtpSettings
from adapters.system import SystemClock
from core.delivery import DeliveryState
from core.errors import MessageDeferred, MessageRefused
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.messages import EmailMessage, MessageKind
from core.voter import EmailAddress

DOMAIN = "vote.example.org"
KEYRING = Keyring((SecretKey("trial", b"t" * 32),))
IDS = MessageIds(DOMAIN, KEYRING)
TOKEN = "T" * 43
ADDRESSES = BounceAddress(f"retours@{DOMAIN}", f"r+{{sending}}@{DOMAIN}")
RENDERER = EmailRenderer(
    EmailSettings(
        f"ne-pas-repondre@{DOMAIN}",
        "Vote",
        f"https://{DOMAIN}/renouveler#token={{token}}",
        DOMAIN,
        AssistanceContact(f"assistance@{DOMAIN}"),
    ),
    SystemClock(),
    KEYRING,
)
PATIENCE = 2 * GIVE_UP + 40
"""Seconds for all reports."""


def message(case: str) -> EmailMessage:
    to = EmailAddress(f"{case}@voter.example.net")
    facts = {"token": TOKEN, "expires_at": datetime.now(UTC)}
    return EmailMessage(f"{case}.link", MessageKind.LINK, to, Locale.FR, facts)


async def hand_over(server: MailServer, root: Path, port: int) -> None:
    for case in CASES:
        if server.speaks_smtp:
            settings = SmtpSettings(
                "127.0.0.1",
                ADDRESSES.address,
                port,
                SmtpSecurity.PLAIN,
                bounce_template=ADDRESSES.template,
            )
            await _send(SmtpEmail(RENDERER, settings), case)
        else:
            written = RENDERER.render(message(case))
            command = ["sendmail", "-f", ADDRESSES.of(written.sending), written.recipient.address]
            content = written.content.replace(b"\r\n", b"\n")
            await asyncio.to_thread(in_root, root, *command, input=content)


async def _send(smtp: SmtpEmail, case: str) -> None:
    try:
        acceptance = await smtp.send(message(case))
        print(f"   {case:9} taken over as {acceptance.reference}", flush=True)
    except (MessageRefused, MessageDeferred) as failure:
        print(f"   {case:9} NOT TAKEN OVER: {failure}", flush=True)
    finally:
        await smtp.aclose()


def examine(maildir: Path) -> dict[str, set[DeliveryState]]:
    """What each report says, printed; by delivery, what is known in the end."""
    known: dict[str, set[DeliveryState]] = {}
    for file in sorted((maildir / "new").iterdir()):
        mail = file.read_bytes()
        shows = "shows the link" if b"TTTTTTTTTT" in mail else "headers alone"
        try:
            bounce = Bounces(IDS, SystemClock()).read(mail)
        except NotABounce as no:
            print(f"   {file.name}: UNREAD ({no.reason}); {shows}")
            continue
        known.setdefault(bounce.delivery.partition(".")[0], set()).add(bounce.state)
        said = "delayed" if bounce.is_delay else bounce.state.value
        by = f"sending {bounce.sending}" if bounce.sending else "its Message-ID"
        print(f"   {file.name}: {bounce.delivery:14} {said:9} {bounce.reason}; by {by}; {shows}")
    return known


async def try_server(server: MailServer, folder: Path, keep: Path | None) -> bool:
    root = install(server, folder)
    if not os.path.ismount(root / "proc"):
        mount(root)
    cut_off(root)
    with tempfile.TemporaryDirectory() as scratch, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        maildir = Path(scratch)
        hop, hop_port = await serve(maildir)
        server.configure(root, port, hop_port)
        print(f"{server.name} ({version(server, root)})", flush=True)
        process = start(server, root)
        try:
            await asyncio.to_thread(wait_for, port) if server.speaks_smtp else None
            await hand_over(server, root, port)
            await reports(server, root, maildir)
        finally:
            stop(process, server, root)
            hop.close()
        known = examine(maildir)
        if keep is not None:
            shutil.copytree(maildir / "new", keep / server.name, dirs_exist_ok=True)
    unread = [case for case in CASES if DeliveryState.FAILED not in known.get(case, set())]
    print(f"   {'all failures read' if not unread else f'UNREAD: {unread}'}", flush=True)
    return not unread


async def reports(server: MailServer, root: Path, maildir: Path) -> None:
    """Wait until each case has failed, as far as can be read, or patience ends."""
    ours = Bounces(IDS, SystemClock())
    for second in range(PATIENCE):
        await asyncio.sleep(1)
        if server.nudge is not None and second == 5:
            await asyncio.to_thread(server.nudge, root)
        ended = set()
        for file in (maildir / "new").iterdir():
            try:
                bounce = ours.read(file.read_bytes())
            except NotABounce:
                continue
            if bounce.state is DeliveryState.FAILED:
                ended.add(bounce.delivery)
        if len(ended) == len(CASES):
            return


def version(server: MailServer, root: Path) -> str:
    query = ["dpkg-query", "--root", str(root), "-W", "-f", "${Version}", server.package]
    return subprocess.run(query, capture_output=True, text=True, check=True).stdout


def start(server: MailServer, root: Path) -> subprocess.Popen[bytes] | None:
    if not server.command:
        return None
    with (root / "trial.log").open("wb") as log:
        return subprocess.Popen(
            ["chroot", str(root), *server.command],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes] | None, server: MailServer, root: Path) -> None:
    """The server and what it started, which is its own session."""
    if process is None:
        return
    if server.halt:
        subprocess.run(["chroot", str(root), *server.halt], capture_output=True)
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(port: int) -> None:
    for _ in range(500):
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit("the server does not listen")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("roots", type=Path)
    options.add_argument("servers", nargs="*")
    options.add_argument("--keep", type=Path)
    chosen = options.parse_args()
    _in_own_mounts()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen.roots.mkdir(parents=True, exist_ok=True)
    wanted = [each for each in SERVERS if not chosen.servers or each.name in chosen.servers]
    passed = [
        asyncio.run(try_server(each, chosen.roots.absolute(), chosen.keep)) for each in wanted
    ]
    sys.exit(0 if all(passed) else 1)


def _in_own_mounts() -> None:
    """Starts again by `unshare`: what is mounted is gone when this ends."""
    if os.environ.get("TRIAL_MOUNTS") != "own":
        os.environ["TRIAL_MOUNTS"] = "own"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])


if __name__ == "__main__":
    main()
