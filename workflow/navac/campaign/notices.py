"""What a user is told about a configuration that can be run, and should look at."""

from __future__ import annotations

from navac.campaign.crystal import read_configured
from navac.config.campaign import Config
from navac.config.explain import Problem
from navac.crystal.advice import advice


def notices(config: Config) -> list[Problem]:
    """(field, what was decided or should be looked at) of a checked configuration."""
    prim, decided = read_configured(config)
    found = [("prim.file", f"{config.prim.file}: {note}") for note in decided]
    return found + advice(prim, config.prim.symmetry_tolerance_A)
