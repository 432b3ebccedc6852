"""A primary and its standby, and a pooler in front of them, from Debian's packages: for trials.

Version 15 of PostgreSQL with `pg_basebackup`; `pgbouncer` and `pgpool2` where a trial asks for one.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 60.0
PGBOUNCER = """[databases]
reassort = host=127.0.0.1 port={node}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = 150
max_client_conn = 400
{more}
"""
PGPOOL = """backend_clustering_mode = 'streaming_replication'
listen_addresses = '127.0.0.1'
port = {port}
socket_dir = '{folder}'
pcp_port = {pcp}
pcp_socket_dir = '{folder}'
pid_file_name = '{folder}/pgpool.pid'
logdir = '{folder}'
num_init_children = 150
max_pool = 1
connection_cache = off
load_balance_mode = off
backend_hostname0 = '127.0.0.1'
backend_port0 = {a}
backend_data_directory0 = '{folder}/a'
backend_application_name0 = 'a'
backend_flag0 = 'ALLOW_TO_FAILOVER'
backend_hostname1 = '127.0.0.1'
backend_port1 = {b}
backend_data_directory1 = '{folder}/b'
backend_application_name1 = 'b'
backend_flag1 = 'ALLOW_TO_FAILOVER'
sr_check_user = 'postgres'
sr_check_period = 1
health_check_user = 'postgres'
health_check_period = 1
health_check_timeout = 3
health_check_max_retries = 1
health_check_retry_delay = 1
search_primary_node_timeout = 60
auto_failback = on
auto_failback_interval = 5
enable_pool_hba = off
"""


class Pair:
    """Nodes `a`, which is the primary at first, and `b`. `way`: how clients come there, `direct`,
    `pgbouncer` (one in front of each node) or `pgpool` (one in front of both)."""

    def __init__(self, way: str, mode: str = "session", more: str = "") -> None:
        entry = pwd.getpwnam("nobody")
        self._account = "nobody" if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="reassort-pair-"))
        self._way, self._mode, self._more = way, mode, more
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        names = ("a", "b", "bouncer-a", "bouncer-b", "pgpool", "pcp")
        self.ports = {name: _free_port() for name in names}
        if self._account:
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        folder = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True)
        found = folder.stdout.strip()
        at = Path(found) if (Path(found) / "initdb").exists() else _newest()
        self._programs = at
        arguments = ("-U", "postgres", "--auth=trust", "--encoding=utf8", "--locale=C")
        self._run("initdb", "-D", str(self._folder / "a"), *arguments)
        self._start("a")
        self._sql("a", "CREATE DATABASE reassort")
        self._copy("a", "b")
        self._sql("a", "ALTER SYSTEM SET synchronous_standby_names TO '*'")
        self._sql("a", "SELECT pg_reload_conf()")
        self._start_poolers()

    def dsn(self) -> str:
        """As an operator writes it into DATABASE_URL."""
        hosts = {
            "direct": ("a", "b"),
            "pgbouncer": ("bouncer-a", "bouncer-b"),
            "pgpool": ("pgpool",),
        }[self._way]
        named = ",".join(f"127.0.0.1:{self.ports[host]}" for host in hosts)
        return f"postgresql://postgres@{named}/reassort"

    def node(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.ports[name]}/reassort"

    def kill(self, name: str) -> None:
        """SIGKILL to the server, as a machine that dies."""
        self._running[name].kill()
        self._running[name].wait(PATIENCE)

    def promote(self, name: str) -> None:
        """Alone, it waits for no standby. Returns when it takes writes."""
        self._sql(name, "SELECT pg_promote(true)")

    def return_as_standby(self, name: str, of: str) -> None:
        """What it holds is thrown away and copied anew."""
        shutil.rmtree(self._folder / name)
        self._copy(of, name)

    def stop(self) -> None:
        for name in ("pgpool", "bouncer-a", "bouncer-b", "b", "a"):
            if name in self._running and self._running[name].poll() is None:
                self._running[name].send_signal(2)
                with suppress(subprocess.TimeoutExpired):
                    self._running[name].wait(20)
                self._running[name].kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _copy(self, source: str, target: str) -> None:
        where = f"host=127.0.0.1 port={self.ports[source]} user=postgres application_name={target}"
        self._run(
            "pg_basebackup", "-D", str(self._folder / target), "-R", "-d", where, "-c", "fast"
        )
        settings = self._folder / target / "postgresql.auto.conf"
        kept = [
            line
            for line in settings.read_text().splitlines()
            if not line.startswith("synchronous_standby_names")
        ]
        settings.write_text("\n".join(kept) + "\n")
        self._start(target)

    def _start(self, name: str) -> None:
        arguments = [
            *(str(self._programs / "postgres"), "-D", str(self._folder / name)),
            *("-p", str(self.ports[name]), "-k", str(self._folder)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=400"),
            *("-c", "shared_buffers=64MB", "-c", "hot_standby=on", "-c", "cluster_name=" + name),
        ]
        self._spawn(name, *arguments)
        self._await(name)

    def _start_poolers(self) -> None:
        if self._way == "pgbouncer":
            for node in ("a", "b"):
                name = f"bouncer-{node}"
                (self._folder / "users").write_text('"postgres" ""\n')
                text = PGBOUNCER.format(
                    node=self.ports[node],
                    port=self.ports[name],
                    folder=self._folder,
                    mode=self._mode,
                    more=self._more,
                )
                text = text.replace(
                    "port=" + str(self.ports[node]), f"port={self.ports[node]} user=postgres"
                )
                (self._folder / f"{name}.ini").write_text(text)
                self._spawn(name, "pgbouncer", str(self._folder / f"{name}.ini"))
        if self._way == "pgpool":
            (self._folder / "pgpool.conf").write_text(
                PGPOOL.format(
                    port=self.ports["pgpool"],
                    pcp=self.ports["pcp"],
                    a=self.ports["a"],
                    b=self.ports["b"],
                    folder=self._folder,
                )
            )
            (self._folder / "pcp.conf").touch()
            program = shutil.which("pgpool") or "/usr/sbin/pgpool"
            configured = (
                "-f",
                str(self._folder / "pgpool.conf"),
                "-F",
                str(self._folder / "pcp.conf"),
            )
            self._spawn("pgpool", program, "-n", "-D", *configured)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > deadline:
                raise RuntimeError(f"no pooler: see {self._folder}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        end = self.dsn().partition("@")[2].partition("/")[0].split(",")[0]
        host, _, port = end.rpartition(":")
        return self._ask(host, port, "SELECT 1").returncode == 0

    def _await(self, name: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._ask("127.0.0.1", str(self.ports[name]), "SELECT 1", "postgres").returncode:
            if time.monotonic() > deadline or self._running[name].poll() is not None:
                raise RuntimeError((self._folder / f"{name}.log").read_text()[-2000:])
            time.sleep(0.1)

    def _sql(self, name: str, statement: str) -> None:
        answer = self._ask("127.0.0.1", str(self.ports[name]), statement, "postgres")
        if answer.returncode:
            raise RuntimeError(answer.stderr.decode())

    def _ask(
        self, host: str, port: str, statement: str, database: str = "reassort"
    ) -> subprocess.CompletedProcess[bytes]:
        where = ("-h", host, "-p", port, "-U", "postgres", "-d", database)
        command = ["psql", "-X", "-q", "-At", *where, "-c", statement]
        return subprocess.run(command, capture_output=True, timeout=PATIENCE)

    def _spawn(self, name: str, *command: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, stdout=log, stderr=log, user=self._account, cwd=self._folder
            )

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        subprocess.run(
            command,
            user=self._account,
            cwd=self._folder,
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )


def _newest() -> Path:
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def _free_port() -> int:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]
