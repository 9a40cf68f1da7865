"""The preflight check: a campaign is refused before it starts, with everything that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from navac.campaign.crystal import read_crystal
from navac.campaign.crystal_checks import CRYSTAL_CHECKS
from navac.campaign.settings_checks import CHECKS
from navac.config.campaign import Config, parse, read_yaml
from navac.config.explain import ConfigError, Problem


def checked_file(path: str | Path) -> Config:
    """Read and check the configuration in a YAML file.

    Raises:
        ConfigError: with every problem, of single fields and between them.
    """
    return checked(read_yaml(path), path)


def checked(data: Mapping[str, Any], source: str | Path = "config/config.yaml") -> Config:
    """Check a configuration that is already read, such as the ``config`` of Snakemake.

    Raises:
        ConfigError: with every problem, of single fields and between them.
    """
    parsed = parse(data)
    found = [*parsed.problems, *cross_problems(parsed.config, parsed.usable)]
    if found:
        raise ConfigError(source, found)
    return parsed.config


def cross_problems(config: Config, usable: Collection[str]) -> list[Problem]:
    """Every contradiction between the fields of a configuration, each of which is valid.

    Args:
        config: complete, or with only some keys and some ranges where others are invalid.
        usable: keys that are complete, and EVERY_RANGE where no range is missing.
    """
    usable = set(usable)
    found = [p for needs, check in CHECKS if needs <= usable for p in check(config)]
    if "prim" not in usable:
        return found
    crystal, problems = read_crystal(config, "expansion" in usable)
    found += problems
    if crystal is not None:
        found += [p for n, check in CRYSTAL_CHECKS if n <= usable for p in check(config, crystal)]
    return found
