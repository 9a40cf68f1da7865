"""How a material, its composition axis and its voltage scale are written."""

from __future__ import annotations

import html
import re
from collections import Counter

from pymatgen.core import Element

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY

_SUBSCRIPT = re.compile(r"(?<=[A-Za-z)\]])((?:\d+(?:\.\d+)?)?(?:[−-]?x)?)(?![a-z])")
_SUPERSCRIPTS = str.maketrans("23456789", "²³⁴⁵⁶⁷⁸⁹")


def formula(prim: Prim, species: str) -> str:
    """The formula unit of a crystal with x of ``species``: ``LixCoO2``, ``CuxAu1−x``.

    What shares the sites of the counted species takes the rest of them. Where several species
    do, they stand in parentheses together.
    """
    units = prim.formula_units
    fixed = Counter(site[0] for site in prim.species if len(site) == 1)
    shared = [site for site in prim.species if species in site and len(site) > 1]
    others = sorted({s for site in shared for s in site} - {species, VACANCY})
    if not others:
        rest = ""
    else:
        alone = len(others) == 1 and not any(VACANCY in site for site in shared)
        held = others[0] if alone else f"({','.join(others)})"
        rest = f"{held}{len(shared) / units:g}−x"
    by_charge = sorted(fixed, key=lambda s: Element(s).X)
    return f"{species}x{rest}" + "".join(f"{s}{_number(fixed[s] / units)}" for s in by_charge)


def composition_label(material: str) -> str:
    """Label of the composition axis in mathtext: ``$x$ in Li$_x$CoO$_2$``."""
    return f"$x$ in {mathtext(material)}"


def mathtext(material: str) -> str:
    """A formula with its numbers and x as subscripts."""
    return _SUBSCRIPT.sub(lambda match: _lowered(match[1].replace("−", "-")), material)


def _lowered(text: str) -> str:
    return f"$_{{{text}}}$" if len(text) > 1 else f"$_{text}$" * bool(text)


def as_html(label: str) -> str:
    """A label in mathtext as HTML: ``$x$ in Li$_x$CoO$_2$`` with ``<i>`` and ``<sub>``."""
    parts = html.escape(label, quote=False).split("$")
    return "".join(_html_of(part) if n % 2 else part for n, part in enumerate(parts))


def _html_of(mathtext: str) -> str:
    """Mathtext between two dollar signs; only what labels of compositions need."""
    text = re.sub(r"\\math\w+(?=\{)", "", mathtext)
    for sign, tag in (("_", "sub"), (r"\^", "sup")):
        text = re.sub(sign + r"(?:\{([^}]*)\}|(\S))", rf"<{tag}>\1\2</{tag}>", text)
    text = re.sub("[{}]", "", text).replace("-", "−")
    return f"<i>{text}</i>" if re.fullmatch("[A-Za-z]", text) else text


def electrode(prim: Prim, species: str) -> str:
    """The reference electrode of an inserted species, ``Li/Li⁺``; empty for an alloy."""
    if not any({species, VACANCY} <= set(site) for site in prim.species):
        return ""
    charges = Element(species).common_oxidation_states if Element.is_valid_symbol(species) else ()
    positive = [charge for charge in charges if charge > 0]
    if not positive:
        return species
    charge = str(positive[0]).translate(_SUPERSCRIPTS) if positive[0] > 1 else ""
    return f"{species}/{species}{charge}⁺"


def _number(number: float) -> str:
    return "" if number == 1 else f"{number:.4g}"
