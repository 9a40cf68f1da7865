"""Bond-valence energy of an ion throughout a crystal, by the package bvlain.

L. L. Wong et al., Chem. Mater. 33, 625 (2021) have the energy: Morse potentials towards ions of the
other sign, and screened repulsion from those of the same. The atoms of the moving species are
taken out and no atom relaxes, so these energies rank ways; they are not those of a calculation.
"""

from __future__ import annotations

import warnings
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io.cube import write_cube
from scipy.ndimage import label

from navac.files import replacing
from navac.hops.ends import Hop
from navac.hops.network import HopError, extent

REACH_A = 10.0
NEIGHBOURS = 100
"""Ions that are counted about a point, the nearest ones; bvlain's own numbers."""
SETTLES_A = 0.8
"""How far from a site of the crystal the minimum may be."""
AROUND_A = 1.5
"""How far from the sphere over the way a path may lead."""
HIGHEST_EV, FINE_EV = 10.0, 0.002
"""Above which no percolation is looked for, and how closely it is found."""
CONNECTED = np.ones((3, 3, 3))


@dataclass(frozen=True)
class EnergyMap:
    """Energy of an ion on a grid over a cell.

    Attributes:
        framework: the atoms that stay.
        values: ``[a, b, c]`` eV, the lowest 0.
    """

    framework: Atoms
    values: np.ndarray

    @property
    def cell(self) -> np.ndarray:
        """``[3, 3]`` lattice vectors, Å."""
        return np.array(self.framework.cell)


def require() -> None:
    """Refuse to begin without bvlain.

    Raises:
        HopError: it is not installed.
    """
    if find_spec("bvlain") is None:
        raise HopError(
            "hops.valence: the package bvlain is missing; install it with `make hops`, or pip "
            "install -c constraints.txt '.[hops]', or write false"
        )


def energy_map(
    atoms: Atoms, charges: Mapping[str, float], species: str, resolution: float
) -> EnergyMap:
    """The energy of an ion in a crystal without its likes.

    Args:
        atoms: the crystal.
        charges: of every species, e; may be means.
        species: of the ion.
        resolution: distance of points on the grid, Å.

    Raises:
        HopError: bvlain has no parameters for these ions.
    """
    from bvlain import Lain

    charged = atoms.copy()
    charged.set_array("oxi_states", np.array([charges[s] for s in atoms.symbols], float))
    lain = Lain(verbose=False)
    lain.atoms_copy, lain.cell = charged, charged.cell
    ion = f"{species}{abs(round(charges[species]))}{'+' if charges[species] > 0 else '-'}"
    # Coulomb's term at the place of an atom divides by nothing; the Morse term rules there.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        try:
            lain.bvse_distribution(ion, r_cut=REACH_A, resolution=resolution, k=NEIGHBOURS)
        except KeyError as error:
            raise HopError(
                f"hops.valence: bvlain has no parameters for {ion} beside ions of these charges "
                f"({error}); correct orderings.charges, or write false"
            ) from error
    # The last planes of its grid are the first ones again.
    values = lain.data[:-1, :-1, :-1]
    framework = charged[[s != species for s in charged.symbols]]
    return EnergyMap(framework, values - values.min())


def percolation(energies: EnergyMap) -> np.ndarray:
    """``[3]`` energies from which the ion can go on without end in one, two, three dimensions, eV.

    Infinite where it cannot below 10 eV. bvlain counts images within 2×2×2 cells instead, with the
    same result where no piece winds twice around a cell, in much more time.
    """
    levels = np.arange(0, HIGHEST_EV, FINE_EV)

    @cache
    def dimensions(n: int) -> int:
        return extent(_joined(energies.values <= levels[n]))

    reached = [bisect_left(range(len(levels)), wanted, key=dimensions) for wanted in (1, 2, 3)]
    return np.array([levels[n] if n < len(levels) else np.inf for n in reached])


def _joined(open_: np.ndarray) -> Iterator[tuple[int, int, np.ndarray]]:
    """Pieces of a periodic grid that touch over its boundary, and how many cells apart.

    Args:
        open_: ``[a, b, c]`` points where the ion may be.
    """
    pieces, _ = label(open_, CONNECTED)
    index = np.indices(open_.shape)
    shape = np.array(open_.shape)[:, None, None, None]
    for step in product((-1, 0, 1), repeat=3):
        if step <= (0, 0, 0):
            continue  # the way back of another one
        beside = np.roll(pieces, np.negative(step), axis=(0, 1, 2))
        over = (index + np.reshape(step, (3, 1, 1, 1))) // shape
        chosen = over.any(axis=0) & open_ & (beside > 0)
        pairs = np.stack([pieces[chosen], beside[chosen], *over[:, chosen]], axis=1)
        for a, b, *cell in np.unique(pairs, axis=0):
            yield int(a), int(b), np.array(cell)


def barriers(energies: EnergyMap, hop: Hop) -> tuple[float, float]:
    """Barriers of a hop both ways: the lowest pass between its ends, less each end, eV.

    Raises:
        HopError: the map's cell is not that of the hop.
    """
    if not np.allclose(energies.cell, hop.start.cell, atol=1e-4):
        raise HopError(f"{hop.name}: the energy map is of another cell; make one of its own")
    ends = np.array([hop.start.positions[hop.mover], hop.end])
    values, places = _about(energies, ends)
    minima = [_minimum(values, places, end) for end in ends]
    top = lowest_pass(values, *minima)
    before, after = (float(top - values[at]) for at in minima)
    return before, after


def lowest_pass(values: np.ndarray, start: tuple[int, ...], end: tuple[int, ...]) -> float:
    """Lowest energy that a path between two points has to reach; infinite where none leads.

    Args:
        values: ``[a, b, c]`` energies, infinite where no path may lead.
    """
    above = values[np.isfinite(values) & (values >= max(values[start], values[end]))]
    levels = np.unique(above)

    def joined(level: float) -> bool:
        pieces, _ = label(values <= level, CONNECTED)
        return bool(pieces[start] == pieces[end])

    found = bisect_left(levels, True, key=joined)
    return float(levels[found]) if found < len(levels) else np.inf


def _about(energies: EnergyMap, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``[a, b, c]`` energies of a piece of the grid about a way, and ``[a, b, c, 3]`` its places.

    Points farther from the middle than a path may lead are infinite.
    """
    middle = ends.mean(axis=0)
    radius = np.linalg.norm(ends[1] - ends[0]) / 2 + AROUND_A
    shape = np.array(energies.values.shape)
    inverse = np.linalg.inv(energies.cell)
    # How far a sphere reaches along a vector is its radius over the distance of the planes.
    reach = radius * np.linalg.norm(inverse, axis=0)
    at = middle @ inverse
    axes = [
        np.arange(int(np.floor(a)), int(np.ceil(b)) + 1)
        for a, b in zip((at - reach) * shape, (at + reach) * shape, strict=True)
    ]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    places = (grid / shape) @ energies.cell
    index = np.moveaxis(grid % shape, -1, 0)
    near = np.linalg.norm(places - middle, axis=-1) <= radius
    return np.where(near, energies.values[tuple(index)], np.inf), places


def _minimum(values: np.ndarray, places: np.ndarray, site: np.ndarray) -> tuple[int, ...]:
    """The lowest point near a site."""
    near = np.linalg.norm(places - site, axis=-1) <= SETTLES_A
    lowest = np.where(near, values, np.inf).argmin()
    return tuple(int(k) for k in np.unravel_index(lowest, values.shape))


def write_map(path: str | Path, energies: EnergyMap) -> None:
    """Write the framework and the map, in eV, as a Gaussian cube file."""
    with replacing(path) as part, Path(part).open("w") as file:
        write_cube(file, energies.framework, data=energies.values)
