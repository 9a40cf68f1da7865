"""An engine in a process of its own, so that its memory and threads are its own.

The process is kept between calls: engines can take turns without being set up again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1]
PACKAGES = {
    "navac": "navac",
    "casm": "libcasm-clexmonte casm-bset",
    "icet": "icet",
    "smol": "smol",
}
"""What pip calls each engine."""


class EngineError(RuntimeError):
    """An engine is not installed, or died."""


def peer_python() -> str:
    """The interpreter of the peers' environment: ``.venv-peers``, else our own."""
    own = BENCHMARKS.parent / ".venv-peers" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


class EngineProcess:
    """An engine set up for a problem in a process of its own.

    ``name`` is the code, for what it does beside sampling with what that is: ``icet_orderings``.

    Attributes:
        ready: what the engine said of itself: versions, set-up times, device.
        peak_memory_MiB: largest resident size of the process so far.
    """

    def __init__(self, name: str, problem: Path, python: str, **options):
        """
        Raises:
            EngineError: saying what to install, or how the set-up failed.
        """
        self.name = name
        self._log = problem.with_name(f"{name}.log")
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [python, "-m", "peers.serve", name, str(problem.resolve()), json.dumps(options)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                cwd=BENCHMARKS, env={**os.environ, "OMP_NUM_THREADS": "1"},
            )  # fmt: skip
        self.ready = self._answer()
        if "missing" in self.ready:
            packages = PACKAGES[name.partition("_")[0]]
            raise EngineError(
                f"missing ({self.ready['missing']}): {python} -m pip install {packages}"
            )
        if "failed" in self.ready:
            raise EngineError(f"set-up failed: {self.ready['failed']}")

    def call(self, method: str, **arguments):
        """Call a method of the engine.

        Raises:
            EngineError: the process ended.
        """
        self._process.stdin.write(json.dumps({"method": method, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        return self._answer()["result"]

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            last = self._log.read_text().strip().splitlines()[-1:] or ["no message"]
            raise EngineError(f"{self.name} ended with {self._process.wait()}: {last[0]}")
        answer = json.loads(line)
        self.peak_memory_MiB = answer.get("peak_memory_MiB")
        return answer
