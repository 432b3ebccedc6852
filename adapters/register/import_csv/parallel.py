"""Parsing in several processes, in the file's order, with a bounded number of chunks in flight.

Each process holds one end of a pipe and ends when the other end closes: also when the import is
killed. (A `ProcessPoolExecutor` would read the whole file ahead of the loading.)
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection

from adapters.register.import_csv.chunks import Chunk
from adapters.register.import_csv.outcome import ImportFailed
from adapters.register.import_csv.parsing import Parsed

Parse = Callable[[Chunk], Parsed]

WORTHWHILE = 8 << 20
"""Bytes of source below which starting a process costs more than it saves."""
_MOST = 2
"""Beyond this the loading, which is one process, sets the pace."""


def suitable_processes(size: int) -> int:
    """How many parsing processes pay for a source of `size` bytes; 0 for none."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return min(processors, _MOST) if size >= WORTHWHILE and processors > 1 else 0


def parse_in_order(parse: Parse, chunks: Iterable[Chunk], processes: int) -> Iterator[Parsed]:
    """The chunks parsed, in their order; in this process when `processes` is 0.

    Raises `ImportFailed` when a process is gone.
    """
    if not processes:
        yield from map(parse, chunks)
        return
    with ExitStack() as stack:
        idle = deque(stack.enter_context(_process(parse)) for _ in range(processes))
        busy: deque[Connection] = deque()
        for chunk in chunks:
            if idle:
                busy.append(_sent(idle.popleft(), chunk))
                continue
            worker = busy.popleft()
            parsed = _received(worker)
            busy.append(_sent(worker, chunk))
            yield parsed
        yield from map(_received, busy)


def _sent(worker: Connection, chunk: Chunk) -> Connection:
    with _lost_worker_fails():
        worker.send(chunk)
    return worker


def _received(worker: Connection) -> Parsed:
    with _lost_worker_fails():
        return worker.recv()
    raise AssertionError("either an answer or an error")


@contextmanager
def _lost_worker_fails() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        raise ImportFailed("a parsing process ended before its work was done") from None


@contextmanager
def _process(parse: Parse) -> Iterator[Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, parse), daemon=True)
    try:
        process.start()
        theirs.close()
        yield ours
    finally:
        ours.close()
        process.join()


def _work(chunks: Connection, parse: Parse) -> None:
    """Answers each chunk until the pipe closes."""
    try:
        while True:
            chunks.send(parse(chunks.recv()))
    except (EOFError, OSError, KeyboardInterrupt):
        return
