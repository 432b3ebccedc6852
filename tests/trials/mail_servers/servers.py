"""The mail servers: how each is told to send everything to the next hop, and to give up soon.

Each lives in a root of its own, made by debootstrap, for their packages exclude each other. Needs
root. Times are seconds, so that what takes days takes less than a minute.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NAME = "relay.vote.example.org"
WARN, GIVE_UP = 5, 25
"""Seconds until a delay is reported, and until an e-mail is given up."""


@dataclass(frozen=True)
class MailServer:
    """`configure(root, port, hop)` writes its files; `command` runs it in the foreground. One
    without SMTP of its own is handed e-mails by its `sendmail`; `nudge` has it look at its queue.
    """

    name: str
    package: str
    configure: Callable[[Path, int, int], None]
    command: tuple[str, ...] = ()
    speaks_smtp: bool = True
    nudge: Callable[[Path], None] | None = None
    halt: tuple[str, ...] = ()
    """For one that leaves the session in which it was started."""


def install(server: MailServer, folder: Path) -> Path:
    """The server's root, made unless it is there."""
    base, root = folder / "base", folder / server.name
    if not base.exists():
        _run("debootstrap", "--variant=minbase", "bookworm", str(base))
    if not root.exists():
        shutil.copytree(base, root, symlinks=True, ignore=lambda d, n: _devices(d, n))
        (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (root / "usr/sbin/policy-rc.d").chmod(0o755)
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        mount(root)
        install_it = ("apt-get", "-y", "--no-install-recommends", "install", server.package)
        in_root(root, "env", "DEBIAN_FRONTEND=noninteractive", *install_it)
    return root


def mount(root: Path) -> None:
    """In this process's own mount namespace: gone when it ends."""
    _run("mount", "--bind", "/dev", str(root / "dev"))
    _run("mount", "-t", "proc", "proc", str(root / "proc"))


def in_root(root: Path, *command: str, input: bytes | None = None) -> None:
    outcome = subprocess.run(["chroot", str(root), *command], input=input, capture_output=True)
    if outcome.returncode:
        raise SystemExit(f"{command}: {outcome.stderr.decode()[-2000:]}")


def cut_off(root: Path) -> None:
    """No name is looked up outside of this machine."""
    (root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    (root / "etc/hosts").write_text(f"127.0.0.1 localhost {NAME} relay\n")
    (root / "etc/hostname").write_text(f"{NAME}\n")
    (root / "etc/mailname").write_text(f"{NAME}\n")


def _devices(folder: str, names: list[str]) -> list[str]:
    return names if Path(folder).name == "dev" else []


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _write(root: Path, name: str, text: str, mode: int = 0o644) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def _postfix(root: Path, port: int, hop: int) -> None:
    settings = {
        "compatibility_level": "3.6",
        "maillog_file": "/var/log/postfix.log",
        "myhostname": NAME,
        "mydestination": "",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.0/8",
        "relayhost": f"[127.0.0.1]:{hop}",
        "disable_dns_lookups": "yes",
        "smtputf8_enable": "no",
        "delay_warning_time": f"{WARN}s",
        "maximal_queue_lifetime": f"{GIVE_UP}s",
        "bounce_queue_lifetime": f"{GIVE_UP}s",
        "minimal_backoff_time": "3s",
        "maximal_backoff_time": "3s",
        "queue_run_delay": "3s",
        "default_destination_concurrency_failed_cohort_limit": "0",
    }
    _write(root, "etc/postfix/main.cf", "".join(f"{k} = {v}\n" for k, v in settings.items()))
    shutil.copy(root / "usr/share/postfix/master.cf.dist", root / "etc/postfix/master.cf")
    in_root(root, "postconf", "-F", "*/*/chroot=n")
    in_root(root, "postconf", "-MX", "smtp/inet")
    in_root(root, "postconf", "-M", f"{port}/inet={port} inet n - n - - smtpd")
    in_root(root, "sh", "-c", "touch /etc/aliases; postalias /etc/aliases")


def _exim(root: Path, port: int, hop: int) -> None:
    in_root(root, "sh", "-c", "rm -rf /var/spool/exim4/db/* /var/spool/exim4/input/*")
    _write(
        root,
        "etc/exim4/exim4.conf",
        f"""primary_hostname = {NAME}
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
dsn_advertise_hosts = *
acl_smtp_rcpt = all
acl_smtp_data = all
delay_warning = {WARN}s
delay_warning_condition = true
keep_environment =
begin acl
all:
  accept
begin routers
hop:
  driver = manualroute
  route_list = * 127.0.0.1
  transport = hop
  self = send
begin transports
hop:
  driver = smtp
  port = {hop}
begin retry
* * F,{GIVE_UP}s,3s
""",
    )


def _opensmtpd(root: Path, port: int, hop: int) -> None:
    _write(
        root,
        "etc/smtpd.conf",
        f"""queue ttl {GIVE_UP}s
bounce warn-interval {WARN}s
listen on 127.0.0.1 port {port} hostname {NAME}
action "hop" relay host smtp://127.0.0.1:{hop}
match from any for any action "hop"
""",
    )


def _sendmail(root: Path, port: int, hop: int) -> None:
    _write(
        root,
        "etc/mail/sendmail.mc",
        f"""divert(0)dnl
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`debian')dnl
define(`confDOMAIN_NAME', `{NAME}')dnl
define(`SMART_HOST', `relay:[127.0.0.1]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {hop}')dnl
define(`confTO_QUEUEWARN', `{WARN}s')dnl
define(`confTO_QUEUERETURN', `{GIVE_UP}s')dnl
define(`confMIN_QUEUE_AGE', `0')dnl
define(`confTO_HOSTSTATUS', `0')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confDELAY_LA', `0')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`nocanonify')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Name=MTA, Port={port}, Addr=127.0.0.1')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
""",
    )
    in_root(root, "sh", "-c", "cd /etc/mail && m4 sendmail.mc > sendmail.cf")
    in_root(root, "sh", "-c", "touch /etc/mail/aliases; mkdir -p /run/sendmail/mta")
    in_root(root, "sh", "-c", "chown root:root /var/spool/mqueue && chmod 700 /var/spool/mqueue")


def _nullmailer(root: Path, port: int, hop: int) -> None:
    _write(root, "etc/nullmailer/remotes", f"127.0.0.1 smtp --port={hop}\n")
    _write(root, "etc/nullmailer/me", f"{NAME}\n")
    _write(root, "etc/nullmailer/pausetime", "3\n")
    _write(root, "etc/nullmailer/maxpause", "3\n")
    _write(root, "etc/nullmailer/queuelifetime", f"{GIVE_UP}\n")
    in_root(root, "sh", "-c", "cd /var/spool/nullmailer; rm -f failed/* queue/*")
    in_root(root, "sh", "-c", "cd /var/spool/nullmailer; [ -p trigger ] || mkfifo trigger")
    in_root(root, "sh", "-c", "cd /var/spool/nullmailer; chown -R mail:mail .; chmod 622 trigger")


def _dma(root: Path, port: int, hop: int) -> None:
    _write(root, "etc/dma/dma.conf", f"SMARTHOST 127.0.0.1\nPORT {hop}\nMAILNAME {NAME}\n")


def _six_days_later(root: Path) -> None:
    """dma gives up after five days, and nothing sets that: its queue is made to look older."""
    for file in (root / "var/spool/dma").iterdir():
        os.utime(file, (0, 0))
    in_root(root, "sh", "-c", "dma -q1")


SERVERS = (
    MailServer("postfix", "postfix", _postfix, ("postfix", "start-fg"), halt=("postfix", "stop")),
    MailServer("exim", "exim4-daemon-light", _exim, ("exim4", "-bdf", "-q3s")),
    MailServer("opensmtpd", "opensmtpd", _opensmtpd, ("smtpd", "-d")),
    MailServer("sendmail", "sendmail-bin", _sendmail, ("sendmail", "-bD", "-q3s")),
    MailServer(
        "nullmailer",
        "nullmailer",
        _nullmailer,
        ("setpriv", "--reuid=mail", "--regid=mail", "--clear-groups", "nullmailer-send"),
        speaks_smtp=False,
    ),
    MailServer("dma", "dma", _dma, speaks_smtp=False, nudge=_six_days_later),
)
