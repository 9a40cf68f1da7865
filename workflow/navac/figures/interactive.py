"""An interactive page of a campaign: phase diagram and voltage in one self-contained HTML file.

plotly.js is written into the page, so that it needs neither network nor server. pymatgen brings
plotly along; the environment has it in any case.
"""

from __future__ import annotations

import html
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.io import to_html

from navac.figures.data import read_curves, with_plateaus
from navac.figures.interactive_diagram import diagram
from navac.figures.style import with_colours
from navac.files import replacing
from navac.results import schema

DIAGRAM, VOLTAGE = "phase-diagram", "voltage"
"""Ids of both figures in the page."""
CONFIG: dict[str, Any] = {
    "displaylogo": False, "responsive": True, "toImageButtonOptions": {"format": "svg"},
    # Results stay here: by default, a button sends them to a server.
    "modeBarButtonsToRemove": ["sendChartToCloud", "select2d", "lasso2d"], "plotlyServerURL": "",
}  # fmt: skip
HELP = (
    "The pointer shows x, T, the phases, their compositions and μ with standard errors. Drag to "
    "enlarge, double-click to go back, click an entry of the legend to hide it."
)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; margin: 1em auto; max-width: 70em; padding: 0 1em; }}
.note {{ color: #555; font-size: 0.9em; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="note">{help}</p>
{figures}
<p class="note">{signature}</p>
</body>
</html>
"""


def write_page(
    diagram_file: str | PathLike,
    voltage_file: str | PathLike,
    page: str | Path,
    *,
    title: str,
    composition: str = "<i>x</i>",
    reference: str = "",
    signature: str = "",
) -> None:
    """Write the page; equal results give equal bytes.

    Args:
        title: plain text.
        composition: label of the composition axes, in HTML.
        reference: electrode of the voltage scale, plain text.
        signature: where the energies come from, plain text.
    """
    figures = {
        DIAGRAM: diagram(diagram_file, composition),
        VOLTAGE: voltage(voltage_file, composition, reference),
    }
    parts, first = [], True
    for name, figure in figures.items():
        if figure is None:
            parts.append(f'<p id="{name}">There is no {name.replace("-", " ")} in the results.</p>')
            continue
        figure.update_layout(
            template="simple_white", height=640 if name == DIAGRAM else 480,
            hovermode="closest" if name == DIAGRAM else "x unified",
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        )  # fmt: skip
        parts.append(
            to_html(figure, full_html=False, include_plotlyjs=first, div_id=name, config=CONFIG)
        )
        first = False
    text = PAGE.format(
        title=html.escape(title), help=HELP, figures="\n".join(parts),
        signature=html.escape(signature),
    )  # fmt: skip
    with replacing(page) as part:
        Path(part).write_text(text, encoding="utf-8")


def voltage(path: str | PathLike, composition: str, reference: str) -> go.Figure | None:
    """Voltage against composition at every temperature; None where there is no curve."""
    curves = read_curves(path, schema.VoltageCurve)
    if not curves:
        return None
    figure = go.Figure()
    for temperature, curve, colour in with_colours(curves):
        x, volts = with_plateaus(curve.x, curve.voltage_V, curve.stable.astype(bool))
        x, volts = _filled(x, volts)
        figure.add_scatter(
            x=x, y=volts, mode="lines", name=f"{temperature:g} K",
            line={"color": "black" if colour == "k" else colour},
            hovertemplate="%{y:.4f} V",
        )  # fmt: skip
    vs = f" vs. {html.escape(reference)}" if reference else ""
    figure.update_xaxes(title_text=composition, unifiedhovertitle_text="<i>x</i> = %{x:.3f}")
    figure.update_yaxes(title_text=f"Voltage (V{vs})")
    return figure


def _filled(x: np.ndarray, voltage: np.ndarray, step: float = 0.02) -> tuple[np.ndarray, ...]:
    """The curve with points along its long straight parts, where the pointer may be."""
    new_x, new_voltage = [x[:1]], [voltage[:1]]
    for k in range(len(x) - 1):
        count = max(int(abs(x[k + 1] - x[k]) / step), 1)
        part = np.linspace(0, 1, count + 1)[1:]
        new_x.append(x[k] + part * (x[k + 1] - x[k]))
        new_voltage.append(voltage[k] + part * (voltage[k + 1] - voltage[k]))
    return np.concatenate(new_x), np.concatenate(new_voltage)
