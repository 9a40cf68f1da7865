"""Tables of a run: every path, means over the starts, and short-range order.

Starts are arrangements that swaps or quenching made different. Their scatter is no error of
sampling, and stands beside it: ``stderr`` is that of the mean over the starts by the blocks of
each, ``scatter`` the standard deviation between starts, ``scatter_beyond`` what of it the errors of
single starts do not explain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from navac.results.schema import SampledEnsemble
from navac.sampling.ensembles.quantities import Quantity, order_of


def choices(found: SampledEnsemble) -> list[np.ndarray]:
    """Paths of each choice of chemical potentials."""
    starts = int(found.start.max()) + 1
    return [np.arange(k, k + starts) for k in range(0, len(found.start), starts)]


def over_starts(q: Quantity, paths: np.ndarray) -> dict[str, np.ndarray]:
    """``[step]`` mean, stderr, scatter and scatter_beyond of a quantity over some paths."""
    value, error = q.value[:, paths], q.stderr[:, paths]
    scatter = value.std(axis=1, ddof=1) if len(paths) > 1 else np.full(len(value), np.nan)
    squares = (error**2).mean(axis=1)
    return {
        "mean": value.mean(axis=1), "stderr": np.sqrt(squares / len(paths)), "scatter": scatter,
        "scatter_beyond": np.sqrt(np.clip(scatter**2 - squares, 0, None)),
    }  # fmt: skip


def columns_of_mu(
    found: SampledEnsemble, paths: np.ndarray, voltage: Mapping[str, float]
) -> dict[str, float]:
    """The chemical potentials of some paths, and the voltage where one is known.

    Args:
        voltage: V + μ of the counted species, where it has a μ and this is known.
    """
    mu = {s: float(values[paths[0]]) for s, values in found.mu_eV.items()}
    row = {f"mu_{s}_eV": value for s, value in mu.items()}
    for species, zero in voltage.items():
        row["voltage_V"] = zero - mu[species]
    return row


def mean_table(
    found: SampledEnsemble, some: Sequence[Quantity], voltage: Mapping[str, float]
) -> pd.DataFrame:
    """A row for every quantity of every condition, over the starts."""
    return pd.DataFrame([
        row | {"quantity": q.kind, "of": q.of, "unit": q.unit} | values
        for q in some
        for row, values in _rows(found, q, voltage)
    ])  # fmt: skip


def order_table(found: SampledEnsemble, voltage: Mapping[str, float]) -> pd.DataFrame:
    """A row for every shell and pair of species of every condition, over the starts.

    ``at_random`` is the mean of the parameter if the atoms of the states were dealt out at random.
    """
    rows = []
    for k, q in enumerate(order_of(found)):
        pair = {
            "shell": int(found.pair_shell[k]), "sites": found.pair_sites[k],
            "length_A": float(found.pair_length_A[k]), "pair": q.of,
        }  # fmt: skip
        for row, values in _rows(found, q, voltage, found.order_at_random[:, :, k].mean(axis=1)):
            rows.append(row | pair | values)
    names = ["temperature_K", "shell", "sites", "length_A", "pair", "mean", "stderr", "scatter"]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=names)


def _rows(
    found: SampledEnsemble, q: Quantity, voltage: Mapping[str, float], random=None
) -> Iterator[tuple[dict, dict]]:
    for paths in choices(found):
        values = over_starts(q, paths)
        if random is not None:
            values["at_random"] = random[:, paths].mean(axis=1)
        mu = columns_of_mu(found, paths, voltage)
        for step, T in enumerate(found.temperature_K):
            yield {"temperature_K": float(T)} | mu, {k: v[step] for k, v in values.items()}


def state_table(
    found: SampledEnsemble, some: Sequence[Quantity], voltage: Mapping[str, float]
) -> pd.DataFrame:
    """A row for every condition of every path, quantities with their errors in columns."""
    steps, paths = len(found.temperature_K), len(found.start)
    mu = pd.DataFrame([columns_of_mu(found, np.array([p]), voltage) for p in range(paths)])
    table = pd.concat([
        pd.DataFrame({"temperature_K": np.repeat(found.temperature_K, paths),
                      "start": np.tile(found.start, steps)}),
        pd.concat([mu] * steps, ignore_index=True),
    ], axis=1)  # fmt: skip
    more: dict[str, np.ndarray] = {}
    for q in some:
        name = q.name.replace(" ", "_") + (f" ({q.unit})" if q.unit else "")
        more |= {name: q.value.ravel(), f"{name} stderr": q.stderr.ravel()}
    return pd.concat([table, pd.DataFrame(more)], axis=1)
