"""A calculator that plants interactions: ions on a rigid lattice repel each other."""

import numpy as np
from ase.calculators.calculator import Calculator
from ase.neighborlist import neighbor_list


class Repulsion(Calculator):
    """E = N e + Σ s exp(−r / 2 Å) over pairs of ions up to ``reach``, without forces or stress.

    Options:
        ion: its symbol.
        energy: e of one ion, eV.
        strength: s, eV.
        reach: longest pair, Å.
        host: symbol, or None, of atoms that raise an ion by ``raised`` eV each within ``near`` Å.
    """

    implemented_properties = ("energy", "forces", "stress")
    default_parameters = {  # noqa: RUF012  ASE's own way
        "ion": "Li", "energy": -4.0, "strength": 1.0, "reach": 5.0, "host": None, "raised": 0.0,
        "near": 2.9,
    }  # fmt: skip

    def calculate(self, atoms=None, properties=(), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        p = self.parameters
        first, second, r = neighbor_list("ijd", atoms, max(p.reach, p.near))
        symbols = np.array(atoms.get_chemical_symbols())
        ions = (symbols[first] == p.ion) & (symbols[second] == p.ion) & (r <= p.reach)
        under = (symbols[first] == p.ion) & (symbols[second] == p.host) & (r <= p.near)
        self.results = {
            "energy": p.energy * (symbols == p.ion).sum()
            + p.strength / 2 * np.exp(-r[ions] / 2).sum() + p.raised * under.sum(),
            "forces": np.zeros((len(atoms), 3)), "stress": np.zeros(6),
        }  # fmt: skip
