"""The comparison: who reproduces the energy, and who attempts how many flips per second."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from peers.process import EngineError, EngineProcess
from peers.published import energy, published_expansion, published_problem

TURNS = ("navac", "casm")
"""Engines that are timed in turns; the others run once."""
ENGINES = (*TURNS, "icet", "smol")
SAME_ENERGY = 1e-6
"""eV per primitive cell. navac samples interactions in whole quanta of about 1e-7 eV."""
FIRST_FLIPS = 200_000
"""Attempted flips of the run that tells how long the timed ones must be."""


@dataclass
class Result:
    """What one engine did.

    Attributes:
        failure: why it was not timed; empty when it was.
        difference_eV: its energy of the random configuration minus navac's, per cell.
        cores: processor cores it may use.
        timed: per condition ``(T, μ)``, the runs: flips, wall and processor seconds, energy,
            number, acceptance.
    """

    engine: str
    supercell: tuple[int, int, int]
    failure: str = ""
    difference_eV: float | None = None
    cores: int = 1
    replicas: int = 1
    device: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    setup_s: dict[str, float] = field(default_factory=dict)
    peak_memory_MiB: float | None = None
    timed: dict[tuple[float, float], list[dict]] = field(default_factory=dict)

    def rates(self, condition: tuple[float, float], time: str = "seconds") -> list[float]:
        """Attempted flips per second of every run at a condition.

        Args:
            time: ``seconds`` of wall time, or ``cpu_s``.
        """
        return [run["flips"] / run[time] for run in self.timed.get(condition, [])]


def ratios(ours: Result, theirs: Result, condition, time: str = "seconds") -> list[float]:
    """Flips per second of one engine over another's, turn by turn.

    The two of a turn share what else the machine was doing.
    """
    pairs = zip(ours.rates(condition, time), theirs.rates(condition, time), strict=True)
    return [a / b for a, b in pairs]


def compare(options, folder: Path, say) -> list[Result]:
    """Run the engines of the options at every condition.

    Args:
        options: of the command line of engines.py.
        folder: for files and logs of the engines.
        say: called with a line on what happens.
    """
    results = []
    with ExitStack() as stack:
        started = [_start(n, options, folder, say) for n in TURNS if n in options.engines]
        for _, process in started:
            if process:
                stack.callback(process.close)
        results += [result for result, _ in started]
        for condition in options.condition:
            _in_turns(started, condition, options, say)
    for name in [n for n in ENGINES if n in options.engines and n not in TURNS]:
        result, process = _start(name, options, folder, say)
        results.append(result)
        if process:
            for condition in options.condition:
                _timed(result, process, condition, _flips(result, process, condition, options), say)
            process.close()
    return results


def _start(name: str, options, folder: Path, say) -> tuple[Result, EngineProcess | None]:
    """Start an engine and check its energy; no process when that fails."""
    supercell = tuple(options.smol_supercell if name == "smol" else options.supercell)
    result = Result(name, supercell)
    settings, python = {}, options.peer_python
    if name == "navac":
        settings, python = {"replicas": options.replicas, "cores": options.cores}, options.python
        result.replicas, result.cores = options.replicas, options.cores
    path, problem = folder / f"{name}.json", published_problem(supercell)
    problem.save(path)
    say(f"{name}: setting up")
    try:
        process = EngineProcess(name, path, python, **settings)
    except EngineError as error:
        result.failure = str(error)
        say(f"{name}: {error}")
        return result, None
    result.device, result.versions = process.ready["device"], process.ready["versions"]
    result.setup_s = process.ready["setup_s"]
    result.difference_eV = process.call("energy") - energy(published_expansion(), problem)
    say(f"{name}: energy of the random configuration differs by {result.difference_eV:.1e} eV")
    if abs(result.difference_eV) > SAME_ENERGY:
        result.failure = "another energy than navac's: not the same Hamiltonian, not timed"
        process.close()
        return result, None
    return result, process


def _in_turns(started, condition, options, say) -> None:
    """Time the engines one after the other, several times over."""
    running = [(result, process) for result, process in started if process]
    flips = [_flips(result, process, condition, options) for result, process in running]
    for _ in range(options.repeats):
        for (result, process), n in zip(running, flips, strict=True):
            _timed(result, process, condition, n, say)


def _flips(result: Result, process: EngineProcess, condition, options) -> int:
    """Attempted flips that take about the wished time, from a first run that is not timed."""
    first = FIRST_FLIPS if result.engine in TURNS else FIRST_FLIPS // 100
    found = process.call("run", temperature=condition[0], mu=condition[1], flips=first)
    return int(found["flips"] / found["seconds"] * options.seconds)


def _timed(result: Result, process: EngineProcess, condition, flips: int, say) -> None:
    found = process.call("run", temperature=condition[0], mu=condition[1], flips=flips)
    result.timed.setdefault(condition, []).append(found)
    result.peak_memory_MiB = process.peak_memory_MiB
    say(f"{result.engine}: {found['flips'] / found['seconds']:.3g} flips/s at {condition[0]:g} K")
