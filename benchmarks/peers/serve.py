"""The engine's side of :mod:`peers.process`: ``python -m peers.serve ENGINE problem.json``.

Lines of JSON on stdin are calls of the engine's methods, lines on stdout their results.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import traceback


def peak_memory_MiB() -> float:
    """Largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(name: str, problem: str, options: str) -> None:
    """Build an engine and answer calls until stdin closes."""
    # Engines print: keep the channel for ourselves and send what they print to stderr.
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def reply(**content):
        channel.write(json.dumps(content, default=_plain) + "\n")

    try:
        # Imported here: what cannot be imported is to be reported, NumPy included.
        from peers.problem import Problem

        engine = importlib.import_module(f"peers.{name}_engine").Engine(
            Problem.load(problem), **json.loads(options)
        )
    except ImportError as error:
        return reply(missing=str(error))
    except Exception as error:
        traceback.print_exc()
        return reply(failed=f"{type(error).__name__}: {error}")
    reply(versions=engine.versions, setup_s=engine.setup_s, device=engine.device,
          peak_memory_MiB=peak_memory_MiB())  # fmt: skip
    for line in sys.stdin:
        call = json.loads(line)
        result = getattr(engine, call["method"])(**call["arguments"])
        reply(result=result, peak_memory_MiB=peak_memory_MiB())


def _plain(value):
    """Arrays and NumPy scalars as JSON."""
    return value.tolist()


if __name__ == "__main__":
    main(*sys.argv[1:])
