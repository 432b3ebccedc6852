"""Real routers, each a process of node that reaches nothing but loopback."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from graphql_api.subgraph import bare_subgraph_sdl, subgraph_sdl
from tests.plugging.appointments import schema as appointments_schema

HERE = Path(__file__).parent
HIVE = HERE / "hive"
SECRET = "a-secret-between-the-router-and-us"
READY = 180
"""Seconds that a router has to start on a busy machine."""


def node_modules(folder: Path = HERE, package: str = "") -> pytest.MarkDecorator:
    """Skips, with the reason, where the routers (or a package of them) have not been installed."""
    there = shutil.which("node") is not None and (folder / "node_modules" / package).is_dir()
    prefix = folder.relative_to(HERE.parents[1])
    return pytest.mark.skipif(not there, reason=f"needs node and `npm ci --prefix {prefix}`")


def sdls() -> dict[str, str]:
    return {"reassort": subgraph_sdl(), "appointments": appointments_schema().as_str()}


async def compose(subgraphs: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """What both composers make of subgraphs, each a `url` and an `sdl`."""
    node = await asyncio.create_subprocess_exec(
        *("node", str(HERE / "compose.js")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await node.communicate(json.dumps(subgraphs).encode())
    assert node.returncode == 0
    return json.loads(told)


@asynccontextmanager
async def apollo(urls: Mapping[str, str], folder: Path, secret: str = SECRET) -> AsyncIterator[str]:
    """Apollo Gateway, which asks the subgraphs for their SDL and composes it itself."""
    subgraphs = [{"name": name, "url": url} for name, url in urls.items()]
    async with _router("apollo_router.js", subgraphs, folder, secret) as address:
        yield address


@asynccontextmanager
async def stitch(urls: Mapping[str, str], folder: Path, secret: str = SECRET) -> AsyncIterator[str]:
    """graphql-tools' stitching, which knows nothing of Federation: of our subgraph alone."""
    ours = {"name": "reassort", "url": urls["reassort"], "sdl": bare_subgraph_sdl()}
    async with _router("stitch_router.js", [ours], folder, secret) as address:
        yield address


@asynccontextmanager
async def mercurius(
    urls: Mapping[str, str], folder: Path, secret: str = SECRET
) -> AsyncIterator[str]:
    """mercurius' gateway, which asks the subgraphs for their SDL."""
    subgraphs = [{"name": name, "url": url} for name, url in urls.items()]
    async with _router("mercurius_router.js", subgraphs, folder, secret) as address:
        yield address


@asynccontextmanager
async def hive(urls: Mapping[str, str], folder: Path, secret: str = SECRET) -> AsyncIterator[str]:
    """Hive Gateway, over a supergraph that was composed beforehand."""
    known = sdls()
    composed = await compose({name: {"url": urls[name], "sdl": known[name]} for name in urls})
    supergraph = folder / "supergraph.graphql"
    supergraph.write_text(composed["hive"]["supergraph"])
    port = _free_port()
    config = ("--config-path", str(HIVE / "gateway.config.mjs"))
    place = ("--host", "127.0.0.1", "--port", str(port), "--fork", "1")
    binary = HIVE / "node_modules" / "@graphql-hive" / "gateway" / "dist" / "bin.js"
    address = f"http://127.0.0.1:{port}"
    command = (str(binary), "supergraph", str(supergraph), *config, *place)
    async with _node(folder, *command, secret=secret) as node:
        await _answers(f"{address}/healthcheck", node)
        yield address


ROUTERS = {"apollo": apollo, "hive": hive, "stitch": stitch, "mercurius": mercurius}


@asynccontextmanager
async def _router(
    file: str, subgraphs: list[dict[str, str]], folder: Path, secret: str
) -> AsyncIterator[str]:
    """One of the files beside; its address."""
    told = json.dumps({"subgraphs": subgraphs, "secret": secret})
    async with _node(folder, str(HERE / file), told) as node:
        assert node.stdout is not None
        address = await asyncio.wait_for(node.stdout.readline(), READY)
        assert address, (folder / "router.log").read_text()
        yield address.decode().strip().rstrip("/")


@asynccontextmanager
async def _node(
    folder: Path, *command: str, secret: str = SECRET
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that ends with the block, and has not tried to reach anyone else."""
    log = folder / "router.log"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "NODE_OPTIONS": f'--require "{HERE / "loopback_only.cjs"}"',  # it may hold a space
        "ROUTER_SECRET": secret,
        "APOLLO_TELEMETRY_DISABLED": "true",  # Apollo Gateway reports itself home, otherwise
    }
    with log.open("wb") as errors:
        node = await asyncio.create_subprocess_exec(
            *("node", *command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            cwd=folder,
            env=environment,
        )
        try:
            yield node
        finally:
            node.kill()
            await node.communicate()
    assert "NOT LOOPBACK" not in log.read_text()


async def _answers(url: str, node: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(READY), httpx.AsyncClient() as http:
        while True:
            assert node.returncode is None, "the router has ended"
            try:
                if (await http.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
