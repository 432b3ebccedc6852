"""Commands of ours in processes of their own, without the seconds that Python takes to import them.

One process, the nursery, has everything imported, an application composed and no thread; each
command is forked from it with its own environment, output and folder. It is what `python ARGUMENTS`
would be: our modules, scripts and code. What a command costs before it begins is measured
elsewhere; a test that is about that, or about the interpreter's options, starts the command itself.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, Protocol

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds for a fork, the first one's imports included: the machine may be busy."""
LONGEST = 1 << 18
"""Bytes of an order: arguments and environment."""
NOT_ALONE = ("adapters.captcha.assets", "graphql_api.__main__", "graphql_api.sandbox.pytest_plugin")
"""Modules for which importing is not all, or that need more than is installed."""


class Running(Protocol):
    """What tests use of `subprocess.Popen`."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


Start = Callable[..., Running]
"""Begins `python ARGUMENTS`: arguments, standard output, standard error, environment."""


def start_python(arguments: Sequence[str], out: Any, err: Any, env: dict[str, str]) -> Running:
    """With an interpreter of its own."""
    return subprocess.Popen([sys.executable, *arguments], stdout=out, stderr=err, env=env)


class Nursery:
    """Starts with its first command; `close` ends it, and leaves its commands alone."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        self._one_at_a_time = threading.Lock()

    def start(self, arguments: Sequence[str], out: Any, err: Any, env: dict[str, str]) -> Running:
        """As `start_python` does. Signals that are ignored here are ignored there, too."""
        ignored = [each for each in signal.Signals if signal.getsignal(each) is signal.SIG_IGN]
        order = json.dumps([list(arguments), env, os.getcwd(), ignored]).encode()
        assert len(order) < LONGEST
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self._one_at_a_time, theirs:
            passed = [out.fileno(), err.fileno(), theirs.fileno()]
            socket.send_fds(self._listening(), [order], passed)
        return Forked(list(arguments), ours)

    def close(self) -> None:
        if self._process and self._orders:
            self._orders.close()
            self._process.wait(PATIENCE)
        self._process = self._orders = None

    def _listening(self) -> socket.socket:
        if self._orders is None:
            self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            for end in (self._orders, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-W", "error", "-m", __name__, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    cwd=ROOT,
                )
        return self._orders


class Forked:
    """The handle of one command."""

    def __init__(self, arguments: Sequence[str], line: socket.socket) -> None:
        """`line`: says the command's process id, and its exit code when it has ended."""
        self._arguments, self._line = arguments, line
        self.returncode: int | None = None
        line.settimeout(PATIENCE)
        self.pid = int(line.recv(64))

    def poll(self) -> int | None:
        return self._code(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._code(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self._arguments, timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _code(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._line.settimeout(timeout)
            try:
                said = self._line.recv(64)
            except (BlockingIOError, TimeoutError):
                return None
            self._line.close()
            self.returncode = int(said)
        return self.returncode


# -- In the nursery --


def _take_orders(orders: socket.socket) -> None:
    """Until whoever gives them is gone."""
    _import_everything()
    _compose_once()
    gc.collect()
    gc.freeze()
    while True:
        order, passed, *_ = socket.recv_fds(orders, LONGEST, 3)
        _wait_for_the_ended()
        if not order:
            return
        if os.fork() == 0:
            orders.close()
            _watch(json.loads(order), passed)
        for descriptor in passed:
            os.close(descriptor)


def _wait_for_the_ended() -> None:
    """So that what they used is counted as ours."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _import_everything() -> None:
    for name in ("core", "adapters", "graphql_api"):
        package = import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.startswith(NOT_ALONE):
                import_module(module.name)
    for name in ("aiosmtpd.smtp", "uvicorn.lifespan.on", "uvicorn.protocols.http.httptools_impl"):
        import_module(name)


def _compose_once() -> None:
    """What a first application reads in its process, the commands find there: certificates, what
    settings are made of. Nothing of it is of this environment or stays open."""
    from graphql_api.app import build_app
    from graphql_api.compose import choose_ports, compose
    from graphql_api.settings import read_settings

    os.environ.clear()
    with tempfile.TemporaryDirectory() as folder:
        given = {"keys": "2027:" + "a2V5" * 11, "email": "inbox", "sms": "inbox"}
        settings = read_settings(data_dir=Path(folder), **given)
        build_app(compose(settings, choose_ports(settings)))


def _watch(order: list[Any], passed: list[int]) -> NoReturn:
    """Fork the command, say its process id, wait for it, and say how it ended."""
    with socket.socket(fileno=passed[2]) as line:
        pid = os.fork()
        if pid == 0:
            line.close()
            _become(*order, passed[:2])
        for descriptor in passed[:2]:
            os.close(descriptor)
        line.sendall(b"%d" % pid)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        line.sendall(b"%d" % code)
    os._exit(0)


def _become(
    arguments: list[str], env: dict[str, str], folder: str, ignored: list[int], output: list[int]
) -> NoReturn:
    for descriptor, target in zip(output, (1, 2), strict=True):
        os.dup2(descriptor, target)
        os.close(descriptor)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    tempfile.tempdir = None
    code: Any = 0
    try:
        _run(arguments)
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else code is not None)


def _run(arguments: list[str]) -> None:
    first, *others = arguments
    if first == "-m":
        sys.argv = others
        runpy.run_module(others[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv = ["-c", *others[1:]]
        exec(others[0], {"__name__": "__main__"})
    else:
        sys.argv = arguments
        sys.path.insert(0, str(Path(first).parent))
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as given:
        _take_orders(given)
