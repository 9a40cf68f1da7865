"""What is reported of the fit of one composition range: predictions, scores, concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from navac.crystal.prim import Prim
from navac.expansion.correlations import correlation_matrix
from navac.fit.fit import Fit
from navac.fit.range_fit import RangeFit
from navac.fit.resolution import function_name, resolving, unresolved
from navac.fit.training import with_charges
from navac.fit.uncertainty import Uncertainty
from navac.hull import compare_hulls, mixture_hull
from navac.orderings.ordering import Ordering
from navac.units import per_atom, per_formula_unit


def energies_table(
    result: RangeFit, rows: pd.DataFrame, orderings: Sequence[Ordering]
) -> pd.DataFrame:
    """A row per ordering of the range: its energy and the predicted one, eV per primitive cell.

    ``unseen_eV_per_cell`` is predicted without the fold that the ordering is in, ``weight`` is that
    in the fit, and ``left_out`` says why an energy is excluded from it.
    """
    ids, fitted = [o.id for o in orderings], [o.id for o in result.training.orderings]
    weights = dict(zip(fitted, result.weights, strict=True))
    reasons = {d.id: d.reason for d in result.training.excluded if d.id not in weights}
    energies = rows.drop_duplicates("id").set_index("id").energy_eV_per_cell
    return pd.DataFrame({
        "id": ids, "x": [o.x for o in orderings], "energy_eV_per_cell": energies.reindex(ids),
        "predicted_eV_per_cell": result.fit.expansion.energies_of(orderings),
        "unseen_eV_per_cell": pd.Series(result.fit.unseen, fitted).reindex(ids).to_numpy(),
        "weight": [weights.get(i, 0.0) for i in ids], "left_out": [reasons.get(i, "") for i in ids],
    }).reset_index(drop=True)  # fmt: skip


def scores(
    result: RangeFit, table: pd.DataFrame, prim: Prim, points: np.ndarray | None = None
) -> dict[str, Any]:
    """What the campaign reports of a fit, in units of reports.

    Args:
        table: of :func:`energies_table`: the ground states are those among all its orderings.
        points: ``[ordering, axis]`` compositions of the rows; None where x is the only axis.
    """
    fit, training = result.fit, result.training
    used = table.energy_eV_per_cell.where(table.weight > 0)
    predicted = table.predicted_eV_per_cell
    compositions = table.x.to_numpy(float) if points is None else points
    hulls = compare_hulls(compositions, used.to_numpy(float), predicted.to_numpy())
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


def screening(fit: Fit, uncertainty: Uncertainty) -> dict[str, Any]:
    """The dielectric constant of a fit with charges; nothing without."""
    charges = fit.expansion.electrostatics
    if charges is None:
        return {}
    return {
        "inverse_dielectric_constant": charges.strength,
        "inverse_dielectric_constant_stderr": uncertainty.strength,
    }


def hull_table(
    table: pd.DataFrame, points: np.ndarray, axes: Mapping[str, str], prim: Prim
) -> pd.DataFrame:
    """A row per ordering of a range: its composition, and its place above both hulls.

    Distances are in meV per formula unit. ``products`` are the ground states that an ordering
    decomposes into, with their shares: by the energies where it has one, else by the expansion.

    Args:
        table: of :func:`energies_table`.
        points: ``[ordering, axis]`` compositions.
        axes: names of the axes, and their species.
    """
    known = np.flatnonzero(table.weight.to_numpy() > 0)
    data = table.energy_eV_per_cell.to_numpy(float)[known]
    model = table.predicted_eV_per_cell.to_numpy(float)
    found = pd.DataFrame({"id": table.id} | dict(zip(axes, points.T, strict=True)))
    hull, predicted = mixture_hull(points[known], data), mixture_hull(points, model)
    above = np.full(len(table), np.nan)
    above[known] = hull.above(points[known], data)
    found["above_hull_meV_per_fu"] = per_formula_unit(above, prim)
    found["predicted_above_hull_meV_per_fu"] = per_formula_unit(
        predicted.above(points, model), prim
    )
    ids = table.id.to_numpy()
    of_data = {int(i): _shares(hull.products(points[i]), ids[known]) for i in known}
    found["products"] = [
        of_data.get(i) or _shares(predicted.products(point), ids) for i, point in enumerate(points)
    ]
    return found


def _shares(products: Mapping[int, float], ids: np.ndarray) -> str:
    return " ".join(f"{share:.4g}*{ids[row]}" for row, share in products.items())


def resolution(
    result: RangeFit, orderings: Sequence[Ordering], prim: Prim, most: int = 20
) -> dict[str, Any]:
    """The functions that the energies do not resolve, and the orderings that would.

    Args:
        orderings: of the range; those without energy are the candidates.
        most: how many orderings are named.
    """
    orbits, spaces = result.fit.expansion.orbits, result.fit.expansion.spaces
    charges, design = result.training.electrostatics, result.training.design
    open_ = unresolved(design)
    fitted = {o.id for o in result.training.orderings}
    others = [o for o in orderings if o.id not in fitted] if len(open_) else []
    rows: list[int] = []
    if others:
        vacuum = None if charges is None else charges.bare_of(others)
        candidates = with_charges(correlation_matrix(orbits, others, spaces), vacuum)
        rows = resolving(design, candidates, most).tolist()
    return {
        "unresolved": [
            {"index": orbits[k].index, "function": function_name(orbits[k], spaces, prim)}
            if k < len(orbits) else {"index": 0, "function": "the energy of the charges"}
            for k in open_
        ],
        "resolving": [others[k].id for k in rows],
    }  # fmt: skip


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
    strength = found.get("inverse_dielectric_constant")
    if strength is not None and not 0 < strength <= 1:
        yield (f"the strength of the charges, 1/ε, is {strength:.3g}, and not between 0 and 1: the "
               "energies do not follow expansion.charges; check the charges, or leave them "
               "out")  # fmt: skip
    if some := found.get("unresolved"):
        names = "; ".join(one["function"] for one in some[:3])
        more = f" and {len(some) - 3} more" if len(some) > 3 else ""
        would = ", ".join(found["resolving"][:3])
        yield (f"no energy tells the interactions of {names}{more}; "
               + (f"those of {would} would tell most" if would else
                  "no ordering of this range does, enumerate larger ones"))  # fmt: skip
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
