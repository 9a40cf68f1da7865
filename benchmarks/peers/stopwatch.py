"""Wall and processor time of a stretch of code.

On a machine with other work the processor time is what can be compared: it does not count the
time in which others had the core.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopwatch() -> Iterator[dict[str, float]]:
    """Filled at the end with ``seconds`` of wall time and ``cpu_s`` of all threads."""
    spent: dict[str, float] = {}
    wall, cpu = time.perf_counter(), time.process_time()
    yield spent
    spent["seconds"] = time.perf_counter() - wall
    spent["cpu_s"] = time.process_time() - cpu
