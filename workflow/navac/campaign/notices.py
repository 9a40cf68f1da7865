"""What a user is told about a configuration that can be run, and should look at."""

from __future__ import annotations

from navac.campaign.crystal import read_configured
from navac.campaign.ensemble_checks import rounded
from navac.config.campaign import Config
from navac.config.explain import Problem
from navac.crystal.advice import advice

UNCERTAINTY = "thermodynamics.expansion_uncertainty"


def notices(config: Config) -> list[Problem]:
    """(field, what was decided or should be looked at) of a checked configuration."""
    prim, decided = read_configured(config)
    found = [("prim.file", f"{config.prim.file}: {note}") for note in decided]
    found += advice(prim, config.prim.symmetry_tolerance_A) + without_covariance(config)
    return [*found, *rounded(config, prim)]


def without_covariance(config: Config) -> list[Problem]:
    """The ranges that have no errors by their expansion, although these are asked for."""
    asked = config.thermodynamics.expansion_uncertainty
    if asked is None:
        return []
    if config.sampling.protocol == "paper":
        return [(UNCERTAINTY, "no range will have such errors: the response of phases "
                 "needs sampling.protocol grid")]  # fmt: skip
    if asked.noise_meV_per_fu is not None:
        return []
    exact = config.energies.backend == "published" and not config.energies.noise_meV_per_fu
    found = []
    for name, of_range in config.ranges.items():
        if of_range.expansion_file:
            cause = "has none, as it is fitted elsewhere (expansion_file)"
        elif exact:
            cause = "may have none, as its energies are those of an expansion, without error"
        else:
            continue
        found.append((
            UNCERTAINTY, f"the expansion of ranges.{name} {cause}; set {UNCERTAINTY}."
            "noise_meV_per_fu to assume an error of energies",
        ))  # fmt: skip
    return found
