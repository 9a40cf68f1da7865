"""What the report of a campaign says: its material, species, sources and published counterparts.

The captions in ``workflow/report/`` are templates; what is of one campaign comes from here.
"""

from __future__ import annotations

import re
from typing import Any

from navac.campaign.crystal import read_configured
from navac.campaign.stages import FIGURES
from navac.config.campaign import Config
from navac.figures.labels import electrode, formula


def texts(config: Config) -> dict[str, Any]:
    """The texts of a report, for its templates.

    Args:
        config: checked.

    Returns:
        title; material, a formula with x; species; energies, the model that gives them, or empty;
        electrode, empty for an alloy; diagram, whether the campaign has one; notes for the first
        page; sources, a line of reStructuredText each; counterparts, a
        sentence per figure, empty where there is none; compared, whether numbers are compared with
        published ones.
    """
    about, (prim, _) = config.about, read_configured(config)
    reference = config.figures.reference_electrode
    return {
        "title": _plain(about.title or config.campaign),
        "material": _plain(about.material or formula(prim, config.species)),
        "species": config.species,
        "energies": _plain(config.energies.title) if config.energies.title else "",
        "electrode": electrode(prim, config.species) if reference is None else reference,
        "diagram": config.samples,
        "notes": [_plain(note) for note in about.notes],
        "sources": [_cited(one.citation, one.doi) for one in about.sources],
        "counterparts": {name: _sentence(about.counterparts.get(name)) for name in FIGURES},
        "compared": config.reproduction.published_numbers is not None,
    }


def _cited(citation: str, doi: str | None) -> str:
    said = _plain(citation)
    return said if doi is None else f"{said}, `doi:{doi} <https://doi.org/{doi}>`__"


def _sentence(counterpart: str | None) -> str:
    return f"Counterpart of {_plain(counterpart).rstrip('.')}." if counterpart else ""


def _plain(text: str) -> str:
    """Text that reStructuredText shows as it is; ``J. Author`` would begin a numbered list."""
    return "\\" + re.sub(r"([\\*`_|<>])", r"\\\1", text)
