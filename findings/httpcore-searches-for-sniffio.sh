#!/usr/bin/env bash
# httpcore 1.0.9 asks at each lock and event of its asynchronous client which library runs it, by importing
# sniffio, which it does not depend on. It used to come with anyio, whose 4.16.0 does without it. Python
# remembers no module that is missing, so that each request over a kept connection searches the whole path
# for it, four times; with sniffio installed nothing is searched for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip() { "$folder/venv/bin/pip" --disable-pip-version-check "$@"; }
pip install --quiet httpx==0.28.1 httpcore==1.0.9 anyio==4.16.0 h11==0.16.0
cat >"$folder/searches.py" <<'PYTHON'
import asyncio
import sys
from importlib.metadata import requires, version

import httpx

searched = 0


class Noted:
    """Sees each module that is searched for."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        global searched
        searched += name == "sniffio"


async def answer(reader, writer):
    while await reader.readuntil(b"\r\n\r\n"):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


async def main():
    global searched
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = "http://127.0.0.1:%d/" % server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(address)  # connects
        searched = 0
        for _ in range(10):
            await client.get(address)
    return searched


sys.meta_path.insert(0, Noted)
found = asyncio.run(main())
needs = [each for each in requires("anyio") if each.startswith("sniffio")]
print(f"httpcore {version('httpcore')}, anyio {version('anyio')}; anyio needs {needs or 'no sniffio'}")
print(f"ten requests over a kept connection: sniffio searched for {found} times")
sys.exit(found < 40 if sys.argv[1] == "searches" else found > 0)
PYTHON
python=$folder/venv/bin/python
"$python" "$folder/searches.py" searches 2>/dev/null || { echo "changed since this was written"; exit 1; }
pip install --quiet sniffio==1.3.1
"$python" "$folder/searches.py" none 2>/dev/null || { echo "changed since this was written"; exit 1; }
echo "as it was when this was written"
