"""Invented bands and densities of states around a given gap, as vasprun.xml writes them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from inputs import Inputs, mesh

BAND_WIDTH_EV = 4.0
FERMI_EV = 2.0


def _filled(inputs: Inputs, electrons: float, moments: np.ndarray) -> tuple[int, ...]:
    """Filled bands of each spin."""
    if int(inputs.number("ISPIN")) == 1:
        return (int(electrons // 2),)
    unpaired = round(float(np.sum(moments)))
    unpaired += int(electrons - unpaired) % 2
    up = int(electrons + unpaired) // 2
    return up, int(electrons) - up


def eigenvalues(
    inputs: Inputs, electrons: float, bands: int, moments: np.ndarray, gap_eV: float
) -> Iterable[str]:
    """Flat filled and empty bands around a gap; for a metal, bands that cross."""
    points, weights = mesh(inputs.divisions)
    yield ' <eigenvalues><array><dimension dim="1">band</dimension>'
    yield "<field>eigene</field><field>occ</field><set>\n"
    wave = 0.5 * (1 - np.cos(2 * np.pi * points).mean(axis=1))
    for spin, filled in enumerate(_filled(inputs, electrons, moments), 1):
        number = np.arange(bands)
        yield f'  <set comment="spin {spin}">\n'
        for k, bend in enumerate(wave, 1):
            spread = BAND_WIDTH_EV * (number + 0.5 - filled) / bands
            if gap_eV > 0:  # the edges are at Γ, and bands bend away from the gap
                energy = FERMI_EV + spread + np.sign(spread) * (gap_eV / 2 + bend)
                energy -= np.sign(spread) * BAND_WIDTH_EV / bands / 2
            else:  # bands go up together, through the Fermi energy
                energy = FERMI_EV + spread + bend - np.average(wave, weights=weights)
            occupation = (energy < FERMI_EV).astype(float)
            yield f'   <set comment="kpoint {k}">\n'
            yield "".join(
                f"    <r> {e:9.4f} {f:8.4f} </r>\n" for e, f in zip(energy, occupation, strict=True)
            )
            yield "   </set>\n"
        yield "  </set>\n"
    yield " </set></array></eigenvalues>\n"


def density_of_states(
    inputs: Inputs, electrons: float, moments: np.ndarray, gap_eV: float
) -> Iterable[str]:
    """Boxes of states on both sides of the gap, shared out to the atoms."""
    energy = np.linspace(FERMI_EV - 8, FERMI_EV + 8, int(inputs.number("NEDOS")))
    spins = _filled(inputs, electrons, moments)
    yield f' <dos><i name="efermi"> {FERMI_EV:12.8f} </i>\n  <total><array>'
    yield '<dimension dim="1">gridpoints</dimension><field>energy</field><field>total</field>'
    yield "<field>integrated</field><set>\n"
    density = []
    for spin, filled in enumerate(spins, 1):
        inside = (energy > FERMI_EV - gap_eV / 2 - BAND_WIDTH_EV) & (
            energy <= FERMI_EV - gap_eV / 2
        )
        empty = (energy > FERMI_EV + gap_eV / 2) & (energy < FERMI_EV + gap_eV / 2 + BAND_WIDTH_EV)
        total = filled / BAND_WIDTH_EV * (inside + 0.3 * empty)
        density.append(total)
        rows = zip(energy, total, np.cumsum(total) * (energy[1] - energy[0]), strict=True)
        yield f'   <set comment="spin {spin}">\n'
        yield "".join(f"    <r> {a:9.4f} {b:9.4f} {c:9.4f} </r>\n" for a, b, c in rows)
        yield "   </set>\n"
    yield "  </set></array></total>\n"
    if int(inputs.number("LORBIT")) >= 10:
        yield from _projected(inputs, energy, density)
    yield " </dos>\n"


def _projected(inputs: Inputs, energy, density: list[np.ndarray]) -> Iterable[str]:
    yield "  <partial><array><field>energy</field><field>s</field><field>p</field>"
    yield "<field>d</field><set>\n"
    for ion, element in enumerate(inputs.symbols, 1):
        yield f'   <set comment="ion {ion}">\n'
        share = np.array({"V": (0, 0, 1), "O": (0, 1, 0)}.get(element, (1, 0, 0)))
        for spin, total in enumerate(density, 1):
            yield f'    <set comment="spin {spin}">\n'
            for e, d in zip(energy, total / sum(inputs.counts), strict=True):
                s, p, d3 = d * share
                yield f"     <r> {e:9.4f} {s:7.4f} {p:7.4f} {d3:7.4f} </r>\n"
            yield "    </set>\n"
        yield "   </set>\n"
    yield "  </set></array></partial>\n"
