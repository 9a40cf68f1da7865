"""Plans of ground states without occupations: what reads paths needs no more of them."""

import numpy as np

from navac.sampling.plan import Plan


def plan_of(grid, nominal, temperatures, names=None) -> Plan:
    """A plan of as many ground states as nominal μ are given."""
    k = len(nominal)
    return Plan(
        phases=names or tuple(f"p{i}" for i in range(k)),
        energy=np.zeros(k),
        number=np.zeros(k),
        occupation=np.zeros((k, 1), np.int8),
        mu_grid=grid,
        branch=np.zeros(0, int),
        mu_index=np.zeros(0, int),
        temperatures=np.array(temperatures, float),
        cooled=0,
        hot=np.zeros((2, len(grid))),
        nominal=np.array(nominal),
    )
