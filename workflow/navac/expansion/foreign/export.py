"""Writing an expansion in the functions of smol, icet or CASM.

The other code says what its functions are: a *template* is what it writes for this crystal and
cutoffs of its own, with any coefficients or none. Every function of the template is a polynomial on
navac's sites, and so is the expansion; the coefficients solve the linear equations between both.
Nothing is fitted: an expansion that the functions cannot describe exactly is refused, with the
cluster that they lack. The cell, its origin, the order of sites and species and the basis are those
of the template.

    python -m navac.expansion.foreign.export expansion.json template.json exported.json

:mod:`navac.expansion.foreign.template` makes templates, and a ``.ce`` file of what is exported to
icet.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from navac import NavacError
from navac.crystal.prim import Prim
from navac.crystal.sites import site_spaces
from navac.expansion.basis import cluster_terms, conversions, spaces_of, substituted
from navac.expansion.clusters import Cluster
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.expansion import Expansion
from navac.expansion.file import read_expansion
from navac.expansion.foreign.casm import casm_functions
from navac.expansion.foreign.cells import find_relations, mapped
from navac.expansion.foreign.icet import FORMAT as ICET_FORMAT
from navac.expansion.foreign.icet import icet_functions
from navac.expansion.foreign.smol import smol_functions
from navac.expansion.foreign.terms import Fields, ForeignFunctions, InterchangeError, read_json
from navac.files import write_json

EXACT = 1e-9
"""Largest error of an interaction of the exported expansion, as a share of the largest one."""
DIGITS = 12
"""Equations that agree to so many digits are one."""


def coefficients(functions: ForeignFunctions, expansion: Expansion, prim: Prim) -> np.ndarray:
    """``[function]`` coefficients with which functions of another code are an expansion.

    Raises:
        InterchangeError: the functions are those of another crystal, or cannot describe it.
    """
    relation = find_relations(functions.only(0), prim)[0]
    columns = [mapped(functions.only(k), prim, relation) for k in range(len(functions.functions))]
    spaces = spaces_of(expansion, prim)
    shift, target = substituted(
        cluster_terms(expansion), conversions(spaces, site_spaces(prim.species))
    )
    clusters: dict[Cluster, int] = {(): 0}
    for _, terms in (*columns, (0.0, target)):
        for cluster in terms:
            clusters.setdefault(cluster, len(clusters))
    entries = [
        (clusters[cluster], k, value)
        for k, (constant, terms) in enumerate(columns)
        for cluster, value in {(): constant, **terms}.items()
    ]
    row, column, value = map(np.array, zip(*entries, strict=True))
    matrix = csr_array((value, (row, column)), shape=(len(clusters), len(columns)))
    wanted = np.zeros(len(clusters))
    wanted[0] = expansion.constant + shift
    for cluster, eci in target.items():
        wanted[clusters[cluster]] = eci
    found = _solved(matrix, wanted)
    off = np.abs(matrix @ found - wanted)
    if off.max() > EXACT * max(np.abs(wanted[1:]).max(initial=0.0), 1e-12):
        lacking = list(clusters)[int(off[1:].argmax()) + 1]
        raise InterchangeError(
            f"{functions.source}: its functions cannot describe the interaction of "
            f"{_described(lacking, prim)}; make the template with longer cutoffs, or with the "
            "symmetry of the prim"
        )
    return found


def _solved(matrix: csr_array, wanted: np.ndarray) -> np.ndarray:
    """Least squares, equations that symmetry makes alike taken once."""
    scale = np.abs(wanted).max() or 1.0
    alike: dict[bytes, int] = {}
    for k in range(matrix.shape[0]):
        part = slice(matrix.indptr[k], matrix.indptr[k + 1])
        order = np.argsort(matrix.indices[part])
        values = np.append(matrix.data[part][order], wanted[k] / scale)
        key = matrix.indices[part][order].tobytes() + np.round(values, DIGITS).tobytes()
        alike.setdefault(key, k)
    rows = list(alike.values())
    found: np.ndarray = np.linalg.lstsq(matrix[rows].toarray(), wanted[rows], rcond=1e-12)[0]
    return found


def _described(cluster: Cluster, prim: Prim) -> str:
    """Such as ``Na1–M of 5.21 Å``."""
    at = [prim.cartesian(prim.active[s], np.array(cell[:3])) for s, *cell in cluster]
    longest = max((float(np.linalg.norm(p - q)) for p, q in combinations(at, 2)), default=0.0)
    return f"{'–'.join(prim.active_labels[s] for s, *_ in cluster)} of {longest:.2f} Å"


def export(expansion: Expansion, prim: Prim, source: str, template: Mapping) -> dict:
    """The template of another code with the coefficients of an expansion.

    Args:
        source: the template's file, for messages.
        template: smol's ``ClusterSubspace`` or ``ClusterExpansion``, CASM's ``basis.json`` or
            ``eci.json``, or the JSON that navac makes of icet's ``.ce``.

    Raises:
        InterchangeError: the template is of no known form, or cannot describe the expansion.
        ExpansionError: charges act, and the code has no term for them.
    """
    for known, write in WRITERS:
        if known(template):
            return write(expansion, prim, source, deepcopy(dict(template)))
    raise InterchangeError(
        f"{source}: is not a template of a known form; give smol's ClusterSubspace or "
        "ClusterExpansion, CASM's basis.json, or what navac.expansion.foreign.icet makes of a .ce "
        "file"
    )


def _to_smol(expansion: Expansion, prim: Prim, source: str, template: dict) -> dict:
    whole = template["@class"] == "ClusterExpansion"
    space = template["cluster_subspace"] if whole else template
    functions, charges = smol_functions(f"{source} (smol)", Fields(f"{source} (smol)", space))
    coefs = coefficients(functions, expansion, prim).tolist()
    return {
        "@module": "smol.cofe.expansion", "@class": "ClusterExpansion", "cluster_subspace": space,
        "coefs": [*coefs, *_strength(expansion, charges, source)], "regression_data": None,
        "feature_matrix": None,
    }  # fmt: skip


def _strength(expansion: Expansion, charges: Electrostatics | None, source: str) -> list[float]:
    """The coefficient of smol's ``EwaldTerm``, where the template has one."""
    own = expansion.electrostatics
    if charges is None:
        expansion.require_clusters(f"{source}, a template without EwaldTerm,")
        return []
    if own is not None and dict(charges.charges) != dict(own.charges):
        raise InterchangeError(
            f"{source}: its oxidation states are {dict(charges.charges)}, the expansion's charges "
            f"{dict(own.charges)}; make the template with the same"
        )
    return [0.0 if own is None else own.strength]


def _to_icet(expansion: Expansion, prim: Prim, source: str, template: dict) -> dict:
    expansion.require_clusters("icet")
    constant, *parameters = coefficients(icet_functions(source, template), expansion, prim).tolist()
    template["constant_eV_per_atom"] = constant
    for orbit, parameter in zip(template["orbits"], parameters, strict=True):
        orbit["parameter_eV_per_atom"] = parameter
    return template


def _to_casm(expansion: Expansion, prim: Prim, source: str, template: dict) -> dict:
    expansion.require_clusters("CASM")
    eci = coefficients(casm_functions(source, template), expansion, prim).tolist()
    functions = [f for orbit in template["orbits"] for f in orbit["cluster_functions"]]
    for function, value in zip(functions, eci, strict=True):
        function["eci"] = value
    return template


WRITERS: tuple[
    tuple[Callable[[Mapping], bool], Callable[[Expansion, Prim, str, dict], dict]], ...
] = (
    (lambda t: t.get("@class") in ("ClusterExpansion", "ClusterSubspace"), _to_smol),
    (lambda t: t.get("format") == ICET_FORMAT, _to_icet),
    (lambda t: "orbits" in t and "prim" in t, _to_casm),
)  # fmt: skip


def main(arguments: list[str]) -> None:
    """``python -m navac.expansion.foreign.export expansion.json template.json exported.json``"""
    if len(arguments) != 3:
        sys.exit("usage: python -m navac.expansion.foreign.export expansion.json template.json "
                 "exported.json")  # fmt: skip
    source, template, target = arguments
    try:
        prim, expansion = read_expansion(source)
        write_json(target, export(expansion, prim, template, read_json(template)))
    except NavacError as error:
        sys.exit(str(error))
    print(f"wrote {target} ({Path(target).stat().st_size // 1024} kB)")


if __name__ == "__main__":
    main(sys.argv[1:])
