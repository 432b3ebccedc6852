"""What a real Jasmin ties of the receipts in tests/servers/receipt_forms.py, in each `dlr_msgid`.

Run by hand, from the top folder, on Debian; Jasmin lives in an environment of its own:

    apt-get install rabbitmq-server redis-server
    python3 -m venv jasmin && jasmin/bin/pip install jasmin==0.11.0 'setuptools<80'
    .venv/bin/python -m tests.trials.receipt_forms_jasmin jasmin

Prints a line for each form: what Jasmin reported of it. Every server listens on the loopback.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.servers.receipt_forms import FORMS
from tests.trials.forms_smsc import FormsSmsc, number_of
from tests.trials.smpp_behind_kannel import free_port

BASES = (0, 1, 2)
"""0: the same; 1: the receipt is decimal, the response hexadecimal; 2: the reverse."""
REPORTED_AFTER = 15.0
SPEC = "lib/python3*/site-packages/txamqp/specs/standard/amqp0-9-1.stripped.xml"
CONFIGURATION = """
[amqp-broker]
host = 127.0.0.1
port = {amqp}
spec = {spec}
[redis-client]
host = 127.0.0.1
port = {redis}
[jcli]
port = {jcli}
authentication = False
[http-api]
bind = 127.0.0.1
port = {http}
[router]
bind = 127.0.0.1
port = {router}
store_path = {store}
[client-management]
bind = 127.0.0.1
port = {clients}
store_path = {store}
[smpp-server]
bind = 127.0.0.1
port = {smpp}
[smpp-server-pb]
bind = 127.0.0.1
port = {pb}
[smpp-server-pb-client]
port = {pb}
"""
PORTS = ("amqp", "dist", "epmd", "redis", "jcli", "http", "router", "clients", "smpp", "pb")
SETUP = (
    ("smppccm -a", "cid trial", "host 127.0.0.1", "port {smsc}", "username reassort",
     "password secret", "dlr_msgid {base}", "submit_throughput 0", "ok"),
    ("group -a", "gid users", "ok"),
    ("user -a", "username reassort", "password secret", "gid users", "uid reassort", "ok"),
    ("mtrouter -a", "type DefaultRoute", "connector smppc(trial)", "rate 0.0", "ok"),
    ("smppccm -1 trial",),
)  # fmt: skip


async def start(*command: str, log: Path, **environment: str) -> asyncio.subprocess.Process:
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *command, stdout=output, stderr=output, env={**os.environ, **environment}
        )


async def listens(port: int, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.3)
        else:
            writer.close()
            return
    raise SystemExit(f"nothing listens on {port}")


async def configure(port: int, **values: object) -> None:
    """By Jasmin's console."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for lines in SETUP:
        for line in lines:
            writer.write(line.format(**values).encode() + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.3)
    writer.write(b"quit\r\n")
    await writer.drain()
    (Path(str(values["folder"])) / "jcli.out").write_bytes(await reader.read(65536))
    writer.close()


async def run(base: int, jasmin: Path, ports: dict[str, int], folder: Path) -> dict[str, list[str]]:
    """By the form's name, what Jasmin reported."""
    reports: dict[str, list[str]] = {form.name: [] for form in FORMS}

    async def report(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked = parse_qs(urlsplit(head.split(b" ")[1].decode()).query)
        reports[FORMS[int(asked["form"][0])].name].append(asked["message_status"][0])
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nACK/Jasmin"
        )
        await writer.drain()
        writer.close()

    smsc = FormsSmsc()
    await smsc.start()
    listener = await asyncio.start_server(report, "127.0.0.1", 0)
    store = folder / f"store{base}"
    store.mkdir()
    (folder / "jasmin.cfg").write_text(
        CONFIGURATION.format(**ports, store=store, spec=next(jasmin.glob(SPEC)))
    )
    (folder / "var/log/jasmin").mkdir(parents=True, exist_ok=True)
    daemon = await start(
        str(jasmin / "bin/jasmind.py"), "-c", str(folder / "jasmin.cfg"),
        "--enable-dlr-lookup", "--enable-dlr-thrower",
        log=folder / f"jasmin{base}.out", ROOT_PATH=str(folder), CONFIG_PATH=f"{folder}/",
    )  # fmt: skip
    try:
        for port in ("http", "jcli"):
            await listens(ports[port])
        await configure(ports["jcli"], smsc=smsc.port, base=base, folder=folder)
        while not smsc.binds:
            await asyncio.sleep(0.2)
        await send_all(ports["http"], listener.sockets[0].getsockname()[1])
        await smsc.report()
        await asyncio.sleep(REPORTED_AFTER)
    finally:
        daemon.terminate()
        await daemon.wait()
        listener.close()
        await smsc.stop()
    return reports


async def send_all(http: int, reports: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for number, form in enumerate(FORMS):
            query = {
                "username": "reassort", "password": "secret", "to": number_of(form)[1:],
                "from": "VOTE", "content": "trial", "dlr": "yes", "dlr-level": "2",
                "dlr-method": "GET", "dlr-url": f"http://127.0.0.1:{reports}/?form={number}",
            }  # fmt: skip
            answer = await client.get(f"http://127.0.0.1:{http}/send?{urlencode(query)}")
            answer.raise_for_status()


async def main(jasmin: Path, folder: Path) -> None:
    ports = {name: free_port() for name in PORTS}
    beside = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(ports["epmd"])}
    servers = [
        await start("epmd", log=folder / "epmd.out", **beside),
        await start(
            "redis-server", "--bind", "127.0.0.1", "--port", str(ports["redis"]), "--save", "",
            log=folder / "redis.out",
        ),
        await start(
            "/usr/lib/rabbitmq/bin/rabbitmq-server", log=folder / "rabbitmq.out", **beside,
            HOME=str(folder), RABBITMQ_NODENAME="trial@localhost",
            RABBITMQ_NODE_IP_ADDRESS="127.0.0.1", RABBITMQ_NODE_PORT=str(ports["amqp"]),
            RABBITMQ_DIST_PORT=str(ports["dist"]), RABBITMQ_MNESIA_BASE=str(folder / "mnesia"),
            RABBITMQ_LOG_BASE=str(folder / "rabbitmq"), RABBITMQ_ENABLED_PLUGINS_FILE="/dev/null",
            RABBITMQ_CONF_ENV_FILE="/dev/null",
        ),
    ]  # fmt: skip
    try:
        await listens(ports["amqp"])
        found = {}
        for base in BASES:
            found[base] = await run(base, jasmin, ports, folder)
            tied = sum(bool(reported) for reported in found[base].values())
            print(f"dlr_msgid {base}: {tied} of {len(FORMS)} tied", file=sys.stderr)
        print("form".ljust(66), *(str(base).ljust(10) for base in BASES))
        for form in FORMS:
            cells = (",".join(found[base][form.name]) or "-" for base in BASES)
            print(form.name.ljust(66), *(cell.ljust(10) for cell in cells))
    finally:
        for server in reversed(servers):
            if server.returncode is None:
                server.terminate()
                await server.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(main(Path(sys.argv[1]).absolute(), Path(temporary)))
