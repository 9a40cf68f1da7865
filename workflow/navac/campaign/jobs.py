"""The jobs of each rule in a campaign: the values of its wildcards."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from navac.config.campaign import Config

Jobs = Callable[[Config], Iterator[dict[str, str]]]


def once(config: Config) -> Iterator[dict[str, str]]:
    yield {}


def sampled(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.samples else []


def sampled_ranges(config: Config) -> Iterator[dict[str, str]]:
    yield from ({"range": name} for name in config.ranges if config.samples)


def fitted(config: Config) -> Iterator[dict[str, str]]:
    yield from ({"range": n} for n, r in config.ranges.items() if not r.expansion_file)


def imported(config: Config) -> Iterator[dict[str, str]]:
    yield from ({"range": n} for n, r in config.ranges.items() if r.expansion_file)


def vasp(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.energies.backend == "vasp" else []


def mlip(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.energies.backend == "mlip" else []


def mlip_batches(config: Config) -> Iterator[dict[str, str]]:
    for _ in mlip(config):
        yield from ({"batch": str(k)} for k in range(config.energies.mlip.batches))


def metal(config: Config) -> Iterator[dict[str, str]]:
    wanted = config.samples or config.extraction.hosts or config.exchanges
    yield from [{}] if config.energies.computes_metal and wanted else []


def published(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.energies.backend == "published" else []


def user(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.energies.backend == "user" else []


def enumerated(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.enumerates else []


def vasp_batches(config: Config) -> Iterator[dict[str, str]]:
    for _ in vasp(config):
        yield from ({"batch": str(k)} for k in range(config.energies.vasp.batches))


def dft_batches(config: Config) -> Iterator[dict[str, str]]:
    written = config.dft.settings and config.energies.backend != "user"
    batches = config.dft.batches if written else 0
    yield from ({"batch": str(k)} for k in range(batches))


def heating(config: Config) -> Iterator[dict[str, str]]:
    # The few paths that heat a phase at one chemical potential stay together.
    shards = 1 if config.sampling.protocol == "paper" else config.sampling.shards
    shards *= config.samples
    yield from ({"range": n, "shard": str(k)} for n in config.ranges for k in range(shards))


def scanning(config: Config) -> Iterator[dict[str, str]]:
    paper = config.samples and config.sampling.protocol == "paper"
    shards = config.sampling.shards if paper else 0
    yield from ({"range": n, "shard": str(k)} for n in config.ranges for k in range(shards))


def with_fits(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if any(fitted(config)) else []


def numbers(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.reproduction.published_numbers else []


def within(config: Config) -> range:
    """Numbers of the rounds of one run; energies of the user come between two runs."""
    return range(1, config.rounds.max + 1) if config.energies.backend != "user" else range(0)


def cells(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.cell.run else []


def described(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.descriptors.compositions else []


def screened(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.descriptors.screening.elements else []


def extracted(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.extraction.hosts else []


def bonded(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.electrons.outputs else []


def with_states(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.electrons.states else []


def lobster_structures(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.electrons.structures else []


def hopping(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.hops.ordering is not None else []


def climbing(config: Config) -> Iterator[dict[str, str]]:
    yield from hopping(config) if config.hops.barriers else ()


def mapped(config: Config) -> Iterator[dict[str, str]]:
    yield from hopping(config) if config.hops.valence else ()


def diffusing(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.hops.temperatures_K else []


def ensembles(config: Config) -> Iterator[dict[str, str]]:
    yield from ({"run": name} for name in config.ensembles.runs)


def exchanged(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.exchanged_runs else []


def these_rounds(config: Config) -> Iterator[dict[str, str]]:
    yield from ({"round": str(k)} for k in within(config))


def round_inputs(config: Config) -> Iterator[dict[str, str]]:
    yield from these_rounds(config) if config.dft.settings else ()


def round_relaxations(config: Config) -> Iterator[dict[str, str]]:
    for batch in mlip_batches(config):
        yield from ({"round": str(k)} | batch for k in within(config))


def round_batches(config: Config) -> Iterator[dict[str, str]]:
    for batch in vasp_batches(config):
        yield from ({"round": str(k)} | batch for k in within(config))


def round_energies(backend: str) -> Jobs:
    """Energies before each round, by one backend."""

    def jobs(config: Config) -> Iterator[dict[str, str]]:
        some = within(config) if config.energies.backend == backend else ()
        yield from ({"round": str(k - 1)} for k in some)

    return jobs


def rounds(config: Config) -> Iterator[dict[str, str]]:
    yield from [{}] if config.rounds.max else []
