"""What is reported of the fit of one composition range: predictions, scores, concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from navac.crystal.prim import Prim
from navac.fit.range_fit import RangeFit
from navac.hull import compare_hulls
from navac.orderings.ordering import Ordering
from navac.units import per_atom, per_formula_unit


def energies_table(
    result: RangeFit, rows: pd.DataFrame, orderings: Sequence[Ordering]
) -> pd.DataFrame:
    """A row per ordering of the range: its energy and the predicted one, eV per primitive cell.

    ``weight`` is that in the fit; ``left_out`` says why an energy is excluded from it.
    """
    ids = [o.id for o in orderings]
    weights = dict(zip((o.id for o in result.training.orderings), result.weights, strict=True))
    reasons = {d.id: d.reason for d in result.training.excluded if d.id not in weights}
    energies = rows.drop_duplicates("id").set_index("id").energy_eV_per_cell
    return pd.DataFrame({
        "id": ids, "x": [o.x for o in orderings], "energy_eV_per_cell": energies.reindex(ids),
        "predicted_eV_per_cell": result.fit.expansion.energies_of(orderings),
        "weight": [weights.get(i, 0.0) for i in ids], "left_out": [reasons.get(i, "") for i in ids],
    }).reset_index(drop=True)  # fmt: skip


def scores(result: RangeFit, table: pd.DataFrame, prim: Prim) -> dict[str, Any]:
    """What the campaign reports of a fit, in units of reports.

    Args:
        table: of :func:`energies_table`: the ground states are those among all its orderings.
    """
    fit, training = result.fit, result.training
    used = table.energy_eV_per_cell.where(table.weight > 0)
    predicted = table.predicted_eV_per_cell
    hulls = compare_hulls(table.x, used.to_numpy(float), predicted.to_numpy())
    found: dict[str, Any] = {
        "orderings": len(training.energies),
        "terms": fit.n_terms,
        "rank": fit.rank,
    }
    for name in ("rms", "loocv", "kfold", "noise"):
        found[f"{name}_meV_per_fu"] = per_formula_unit(getattr(fit, name), prim)
        found[f"{name}_meV_per_atom"] = per_atom(getattr(fit, name), prim)
    return found | {
        "ground_states_kept": table.id[hulls.kept].tolist(),
        "ground_states_lost": _states(table, hulls.lost, hulls.lost_by, prim),
        "ground_states_spurious": _states(table, hulls.spurious, hulls.spurious_by, prim),
        "suspects": [d._asdict() for d in result.suspects],
        "left_out": [d._asdict() for d in training.excluded],
    }


def concerns(found: dict[str, Any], candidates: int) -> Iterator[str]:
    """What a user should know of the :func:`scores`, a line each."""
    for reason, count in Counter(d["reason"] for d in found["left_out"]).items():
        named = [d for d in found["left_out"] if d["reason"] == reason]
        yield f"energies excluded from the fit ({reason}): {count}, {_named(named)}"
    if suspects := found["suspects"]:
        yield (f"{len(suspects)} energies are outliers: {_named(suspects)}; check them, or set "
               "expansion.outlier_sigmas to exclude them")  # fmt: skip
    if found["orderings"] <= candidates:
        yield f"fewer energies ({found['orderings']}) than terms ({candidates + 1})"
    if found["rank"] <= candidates:
        yield (f"the energies determine {found['rank']} of {candidates + 1} terms; enumerate more "
               "or larger orderings if single interactions matter")  # fmt: skip
    for key, what in (("lost", "above"), ("spurious", "below")):
        for state in found[f"ground_states_{key}"]:
            yield (f"{key} ground state {state['id']}: {state['meV_per_fu']:.2g} meV/f.u. {what} "
                   "the hull")  # fmt: skip


def _states(table: pd.DataFrame, rows: np.ndarray, by: np.ndarray, prim: Prim) -> list[dict]:
    return [
        {"id": table.id[i], "x": float(table.x[i]), "meV_per_fu": per_formula_unit(e, prim)}
        for i, e in zip(rows, map(float, by), strict=True)
    ]


def _named(some: list[dict]) -> str:
    first = "; ".join(f"{d['id']} ({d['detail']})" for d in some[:3])
    return first + (f"; and {len(some) - 3} more" if len(some) > 3 else "")
