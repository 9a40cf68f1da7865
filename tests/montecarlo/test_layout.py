"""Rows, parts and steps of a supercell."""

from dataclasses import replace

import numpy as np
import pytest

from navac.crystal.supercell import Supercell
from navac.montecarlo.layout import layout, possible_parts
from navac.montecarlo.model import ColouringError, lattice_model


@pytest.fixture(scope="module")
def model(sodium_poor):
    return lattice_model(sodium_poor, Supercell.diagonal(4, 8, 8))


def sites_of(plan, steps):
    """``[step, row, part]`` the sites of some steps."""
    own = plan.sites[steps.start : steps.start + steps.second.size]
    return own.reshape(*steps.second.shape, plan.parts)


@pytest.mark.parametrize(("parts", "largest"), [(1, 1000), (2, 1000), (2, 8), (4, 3)])
def test_every_site_is_visited_once(model, parts, largest):
    assert possible_parts(model) == [1, 2, 4]
    plan = layout(model, parts, largest)
    visited = np.concatenate([sites_of(plan, s).ravel() for s in plan.steps])
    assert (np.sort(visited) == np.arange(model.n_sites)).all()
    assert all(s.starts.shape[2] <= largest for s in plan.steps)
    for s in plan.steps:
        sublattice = sites_of(plan, s) // model.supercell.size
        assert (sublattice == s.sublattice[:, None, None]).all()


def test_the_order_of_a_sweep_does_not_depend_on_the_parts(model):
    """Sites of one colour and slab, in the same sequence."""
    visits = []
    for parts in (1, 2, 4):
        plan = layout(model, parts, 10**6)
        visits.append([np.sort(step.ravel()) for s in plan.steps for step in sites_of(plan, s)])
    for other in visits[1:]:
        assert len(other) == len(visits[0])
        assert all((a == b).all() for a, b in zip(visits[0], other, strict=True))


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_rows_with_margins_lead_to_the_neighbours(model, parts):
    """Reading a stretch of memory gives the neighbours of all parts."""
    plan = layout(model, parts, 16)
    rows = plan.sites
    before, after = plan.margin
    wide = np.concatenate([rows[:, parts - before :], rows, rows[:, :after]], axis=1)
    box = model.supercell
    for s in plan.steps:
        row = s.starts[..., 0]
        column = s.starts[..., 1] if s.starts.shape[-1] == 2 else np.zeros_like(row)
        read = np.stack([wide[row, column + p] for p in range(parts)], axis=-1)
        assert (read[:, 0] == sites_of(plan, s)).all()
        sublattice, cell = np.divmod(read[:, 0], box.size)
        for k in range(s.environment.neighbours):
            near = np.stack(model.neighbours[sublattice.min() : sublattice.max() + 1])
            offset = near[sublattice - sublattice.min(), k]
            expected = box.site(offset[..., 0], box.cells[cell] + offset[..., 1:])
            assert (read[:, 1 + k] == expected).all()


@pytest.mark.parametrize("parts", [1, 4])
def test_two_words_of_a_call_go_to_two_neighbours_along_the_second_axis(model, parts):
    """Which call and which word a site has does not depend on parts or steps."""
    found = {}
    plan = layout(model, parts, 16)
    for s in plan.steps:
        own = sites_of(plan, s).reshape(-1, parts)
        for sites, callers, second in zip(
            own, s.callers.reshape(-1, parts), s.second.ravel(), strict=True
        ):
            pairs = zip(sites, callers, strict=True)
            found |= {int(site): (int(caller), bool(second)) for site, caller in pairs}
    box, block = model.supercell, model.block.diag[1]
    assert len(found) == model.n_sites
    assert len(set(found.values())) == model.n_sites
    for site, (caller, second) in found.items():
        place = box.cells[site % box.size] - [0, block * second, 0]
        assert caller == box.site(np.array(site // box.size), place)
        assert second == (box.cells[site % box.size][1] // block % 2 == 1)


def test_occupations_go_there_and_back(model):
    plan = layout(model, 2, 16)
    occupation = np.random.default_rng(0).integers(0, 2, (model.n_sites, 3)).astype(np.int8)
    assert (plan.from_rows(plan.to_rows(occupation)) == occupation).all()


def test_a_wrong_colouring_is_refused(model):
    """A block so small that a site meets its own images."""
    with pytest.raises(ColouringError, match="two sites of one cluster"):
        layout(replace(model, block=Supercell.diagonal(1, 1, 1)), 1, 1000)
