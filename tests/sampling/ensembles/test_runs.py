"""Runs of ideal mixtures against closed forms, interrupted runs, and what averages say."""

import signal
import subprocess
import sys
import time
from dataclasses import fields

import numpy as np
import pytest

from navac.crystal.supercell import Supercell
from navac.results.read import read_record
from navac.results.schema import SampledEnsemble
from navac.results.write import new_file, write_record
from navac.sampling.ensembles.quantities import correlations_of, order_of, quantities
from navac.sampling.ensembles.tables import mean_table, order_table, over_starts, state_table
from navac.sampling.lengths import Precision
from navac.sampling.statistics import standard_error
from navac.units import BOLTZMANN
from tests.expansion.test_species import PRIMS
from tests.sampling.ensembles.problems import interacting, sampled, without_interactions

FCC = PRIMS["fcc"].species[0]
LABEL = PRIMS["fcc"].labels[0]
SWAP = [{"swap": [LABEL]}]
AMOUNTS = {FCC[0]: 0.5, FCC[1]: 0.25}


def by_name(found, prim):
    return {q.name: q for q in quantities(found, prim)}


def same(one, other):
    for field in fields(SampledEnsemble):
        a, b = getattr(one, field.name), getattr(other, field.name)
        a, b = (dict(x) if hasattr(x, "items") else x for x in (a, b))
        if isinstance(a, dict):
            assert a.keys() == b.keys()
            a, b = list(a.values()), list(b.values())
        np.testing.assert_array_equal(a, b, err_msg=field.name)


def test_swaps_of_an_ideal_mixture_have_no_order(tmp_path):
    # Swaps need to know which sites interact, be it by a ten-thousandth of kT.
    prim, expansion, shells = interacting("fcc", 1e-6)
    found = sampled(prim, expansion, shells, tmp_path, moves=SWAP, amounts=AMOUNTS,
                    lengths=(6, 6, 6), replicas=32)  # fmt: skip
    assert len(shells.orbits) >= 2
    assert len(found.pairs) == 6 * len(shells.orbits)
    for k, q in enumerate(order_of(found)):
        over = over_starts(q, np.arange(32))
        random = found.order_at_random[:, :, k].mean()
        # Blocks of other states of the same start: their scatter is the error.
        assert abs(over["mean"][0] - random) < 4.5 * over["stderr"][0]
        assert over["stderr"][0] < 0.02
    # Amounts and energy do not move.
    q = by_name(found, prim)
    assert q[f"amount {FCC[0]}"].value == pytest.approx(0.5 * np.ones((1, 32)))
    assert q["heat capacity"].value == pytest.approx(np.zeros((1, 32)), abs=1e-6)
    assert q["energy"].stderr == pytest.approx(np.zeros((1, 32)), abs=1e-6)
    assert f"dx/dmu {FCC[0]}" not in q


def test_paths_are_prolonged_until_their_means_are_known(tmp_path):
    prim, expansion, shells = interacting("fcc")
    setting = {
        "moves": [{"flip": list(FCC), "sites": [LABEL]}, *SWAP], "amounts": AMOUNTS,
        "mu": {FCC[0]: [0.0, 0.1]}, "replicas": 16, "temperatures": (1500.0, 900.0),
    }  # fmt: skip
    plain = sampled(prim, expansion, shells, tmp_path / "plain", **setting)
    target = np.median(standard_error(plain.energy_eV_per_cell[0]))
    asked = Precision(energy=target, doublings=3)
    found = sampled(prim, expansion, shells, tmp_path / "asked", precision=asked, **setting)
    sweeps = found.block_sweeps
    assert set(sweeps[0]) >= {10, 20}
    assert set(sweeps.ravel()) <= {10, 20, 40, 80}
    error = standard_error(np.moveaxis(found.energy_eV_per_cell, 1, 0))
    assert (error[sweeps < 80] <= target).all()
    # What met the target at once is what it was without one.
    same_as_before = sweeps[0] == 10
    for name in ("energy_eV_per_cell", "amount_per_cell", "acceptance", "order"):
        old, new = getattr(plain, name)[0], getattr(found, name)[0]
        np.testing.assert_array_equal(new[..., same_as_before], old[..., same_as_before])
        assert old.shape == new.shape
        assert (new[..., ~same_as_before] != old[..., ~same_as_before]).mean() > 0.9
    # Batches change nothing.
    parts = sampled(prim, expansion, shells, tmp_path / "parts", precision=asked, together=8,
                    **setting)  # fmt: skip
    np.testing.assert_array_equal(parts.block_sweeps, sweeps)
    np.testing.assert_array_equal(parts.state, found.state)
    np.testing.assert_allclose(parts.energy_eV_per_cell, found.energy_eV_per_cell, rtol=1e-12)


def test_blocks_of_a_prolonged_path_are_those_of_a_longer_run(tmp_path):
    """Doubled once, all paths: the same sweeps as blocks of twice the length make."""
    prim, expansion, shells = interacting("fcc")
    setting = {"moves": [{"flip": list(FCC), "sites": [LABEL]}], "amounts": AMOUNTS}
    asked = Precision(energy=0.0, doublings=1)
    found = sampled(prim, expansion, shells, tmp_path / "asked", precision=asked, **setting)
    longer = sampled(prim, expansion, shells, tmp_path / "longer", block_sweeps=20, **setting)
    assert (found.block_sweeps == 20).all()
    np.testing.assert_array_equal(found.state, longer.state)
    for name in ("energy_eV_per_cell", "energy_squared_eV2", "amount_product", "acceptance"):
        np.testing.assert_allclose(getattr(found, name), getattr(longer, name), rtol=1e-9)


def test_correlations_are_what_the_energy_hangs_on(tmp_path):
    """Energies of the states between blocks from their correlations; sampling stays as it is."""
    prim, expansion, shells = interacting("fcc")
    setting = {"moves": SWAP, "amounts": AMOUNTS, "temperatures": (900.0, 600.0)}
    plain = sampled(prim, expansion, shells, tmp_path / "plain", **setting)
    found = sampled(prim, expansion, shells, tmp_path / "asked", correlations=True, **setting)
    assert plain.correlation.shape == (2, 10, 0, 8)
    assert correlations_of(plain) == []
    np.testing.assert_array_equal(found.state, plain.state)
    np.testing.assert_array_equal(found.energy_eV_per_cell, plain.energy_eV_per_cell)
    assert found.orbit.tolist() == [o.index for o in expansion.orbits]
    weights = found.multiplicity * expansion.eci
    last = expansion.constant + np.einsum("k,skp->sp", weights, found.correlation[:, -1])
    box = Supercell.diagonal(4, 4, 4)
    assert last == pytest.approx(
        np.array([expansion.energies_at(box, state) for state in found.state]), abs=1e-9
    )
    table = mean_table(found, correlations_of(found), {})
    assert set(table.quantity) == {"correlation"}
    assert len(table) == 2 * len(expansion.orbits)


@pytest.mark.parametrize("rule_of_mu", [0.0, 0.06])
def test_amounts_against_mu_of_an_ideal_mixture(tmp_path, rule_of_mu):
    """Shares, responses and heat capacity of independent sites, in closed form."""
    prim, expansion, shells = without_interactions("fcc", [0.02, -0.03])
    T = 900.0
    flips = [{"flip": list(FCC), "sites": [LABEL]}]
    mu = {FCC[0]: [-0.05, 0.05], FCC[1]: [rule_of_mu]}
    found = sampled(prim, expansion, shells, tmp_path, moves=flips, amounts=AMOUNTS, mu=mu,
                    temperatures=(T,), lengths=(6, 6, 6), replicas=8, block_sweeps=20)  # fmt: skip
    energy = expansion.energies_at(Supercell.diagonal(1, 1, 1), np.arange(3)[:, None])
    q = by_name(found, prim)
    for first in mu[FCC[0]]:
        potential = np.array([first, rule_of_mu, 0.0])
        p = np.exp(-(energy - potential) / (BOLTZMANN * T))
        p /= p.sum()
        omega = energy - potential
        exact = {
            f"amount {FCC[0]}": p[0], f"amount {FCC[1]}": p[1], "energy": p @ energy,
            f"dx/dmu {FCC[0]}": p[0] * (1 - p[0]) / (BOLTZMANN * T),
            f"thermodynamic factor {FCC[1]}": 1 / (1 - p[1]),
            "heat capacity": (p @ omega**2 - (p @ omega) ** 2) / (BOLTZMANN * T) ** 2,
            f"share {FCC[2]} on {LABEL}": p[2],
        }  # fmt: skip
        paths = np.flatnonzero(found.mu_eV[FCC[0]] == first)
        for name, value in exact.items():
            over = over_starts(q[name], paths)
            assert abs(over["mean"][0] - value) < 4.5 * over["stderr"][0], name
            assert over["stderr"][0] < 0.1 * abs(value), name


class Killed(Exception):
    pass


ARGS = {
    "moves": [*SWAP, {"flip": list(FCC[:2]), "sites": [LABEL]}], "amounts": AMOUNTS,
    "temperatures": (900.0, 600.0, 300.0), "mu": {FCC[0]: [0.0, 0.02]}, "replicas": 6, "blocks": 4,
    "lengths": (6, 6, 6),
}  # fmt: skip


def test_an_interrupted_run_is_the_whole_run(tmp_path):
    problem = interacting("fcc")
    whole = sampled(*problem, tmp_path / "whole", **ARGS)

    def killed(done, of, note):
        if done == 2:
            raise Killed

    with pytest.raises(Killed):
        sampled(*problem, tmp_path / "killed", **ARGS, progress=killed)
    assert len(list((tmp_path / "killed").iterdir())) == 2
    seen = []
    (tmp_path / "killed/0-2.h5.part").write_text("half a file")
    resumed = sampled(*problem, tmp_path / "killed", **ARGS,
                      progress=lambda done, of, note: seen.append(done))  # fmt: skip
    same(resumed, whole)
    assert (whole.discrepancy_eV == 0).all()
    # Batches change nothing, and a prolonged list of temperatures keeps what there is.
    same(sampled(*problem, tmp_path / "batches", **ARGS, together=5), whole)
    before = (tmp_path / "whole/0-2.h5").stat().st_mtime_ns
    longer = sampled(*problem, tmp_path / "whole",
                     **ARGS | {"temperatures": (900.0, 600.0, 300.0, 200.0)})  # fmt: skip
    assert (tmp_path / "whole/0-2.h5").stat().st_mtime_ns == before
    np.testing.assert_array_equal(longer.state[:3], whole.state)


KILLED = """
import sys
from pathlib import Path
from tests.sampling.ensembles.problems import interacting, sampled
from tests.sampling.ensembles.test_runs import ENSEMBLES, LONG
sampled(*interacting("salt"), Path(sys.argv[1]), **LONG, moves=ENSEMBLES[sys.argv[2]])
"""
CATIONS = {"flip": ["Li", "Mn", "Va"], "sites": ["M"]}
ENSEMBLES = {
    "swaps": [{"swap": ["M"]}, {"swap": ["X"]}],
    "flips": [CATIONS],  # anions are frozen
    "mixed": [CATIONS, {"swap": ["X"]},
              {"coupled": [{"sites": ["M"], "species": ["Li", "Ti"]},
                           {"sites": ["X"], "species": ["F", "O"]}]}],
}  # fmt: skip
LONG: dict = {
    "temperatures": (900.0, 600.0, 300.0), "replicas": 32, "blocks": 4, "block_sweeps": 100,
    "amounts": {"Li": 0.5, "Mn": 0.25, "Ti": 0.125, "F": 0.25},
}  # fmt: skip


@pytest.mark.parametrize("name", ENSEMBLES)
def test_a_killed_process_is_resumed(tmp_path, name):
    """SIGKILL in the middle of a condition, of every kind of ensemble."""
    folder, moves = tmp_path / "killed", ENSEMBLES[name]
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder), name])
    try:
        give_up = time.monotonic() + 120
        while not (folder / "0-0.h5").exists() and time.monotonic() < give_up:
            assert process.poll() is None
            time.sleep(0.002)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not (folder / "0-2.h5").exists()
    problem = interacting("salt")
    same(sampled(*problem, folder, **LONG, moves=moves),
         sampled(*problem, tmp_path / "whole", **LONG, moves=moves))  # fmt: skip


def test_records_of_other_settings_are_not_taken(tmp_path):
    problem = interacting("fcc")
    args = ARGS | {"temperatures": (900.0,)}
    one = sampled(*problem, tmp_path, **args)
    for other in ({"seed": 2}, {"name": "another"}, {"made_from": "other code"}):
        changed = sampled(*problem, tmp_path, **args | other)
        if "made_from" in other:
            same(changed, one)
        else:
            assert (changed.state != one.state).any()


def test_tables_and_the_record(tmp_path):
    prim, expansion, shells = interacting("salt")
    a = prim.active_labels[0]
    own = prim.species[prim.active[0]]
    amounts = dict.fromkeys(own[1:], 0.2)
    groups = {prim.species[i] for i in prim.active}
    for other in groups - {own}:
        amounts |= {other[0]: 0.25}
    found = sampled(
        prim, expansion, shells, tmp_path, moves=[{"swap": [a]}], amounts=amounts,
        temperatures=(900.0, 500.0), replicas=4, lengths=(6, 6, 6), blocks=4,
    )  # fmt: skip
    path = tmp_path / "run.h5"
    with new_file(path) as file:
        write_record(file, found)
    same(read_record(path, SampledEnsemble), found)
    some = quantities(found, prim)
    means, states = mean_table(found, some, {}), state_table(found, some, {})
    assert len(states) == 8
    assert len(means) == 2 * len(some)
    energy = means[(means.quantity == "energy") & (means.temperature_K == 500)]
    at = states[states.temperature_K == 500]["energy (eV/f.u.)"]
    assert energy["mean"].tolist() == pytest.approx([at.mean()])
    assert energy.scatter.tolist() == pytest.approx([at.std(ddof=1)])
    order = order_table(found, {})
    assert set(order.sites) == {
        f"{prim.active_labels[o.prototype[0][0]]}–{prim.active_labels[o.prototype[1][0]]}"
        for o in shells.orbits
    }  # fmt: skip
    assert len(order) == 2 * len(found.pairs)
    # One row for each shell, pair and temperature, also where shells have one length.
    assert not order.duplicated(["temperature_K", "shell", "pair"]).any()
    assert order.shell.nunique() == len(shells.orbits)
