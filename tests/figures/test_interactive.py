"""The interactive page: what it holds, and what a browser makes of it."""

import re

import numpy as np
import pytest

from navac.figures.hover import cells, hover_traces
from navac.figures.interactive import voltage, write_page
from navac.figures.interactive_diagram import diagram
from navac.results import schema
from tests.figures.browser import browser, visit
from tests.figures.test_fields import states_of
from tests.figures.test_figures import region_of
from tests.results.made_up import write_file

T = np.arange(100.0, 601, 100)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """``a`` and ``b`` up to 600 K, what follows up to 700 K is not resolved; then ``c`` between."""
    folder = tmp_path_factory.mktemp("interactive")
    region = region_of(np.stack([T, 1.6 + 0 * T, 2.4 + 0 * T]).T, stderr=0.02)
    region |= {"mu_eV": np.full(6, -0.5), "mu_eV_stderr": np.full(6, 0.003)}
    zone = {
        "temperature_low_K": [600.0], "temperature_high_K": [700.0], "x_low": [1.6],
        "x_high": [2.4], "phases": ("a, c, b",), "reason": ("planted <reason>",),
    }  # fmt: skip
    point = {
        "temperature_K": 650.0, "temperature_stderr_K": 3.0, "x": [1.2, 1.4, 1.5],
        "mu_eV": -0.25, "phases": ("a", "c", "b"), "kind": "invariant",
    }  # fmt: skip
    closed = region_of([(800, 2.7, 2.9), (850, 2.75, 2.85), (900, 2.8, 2.8)], (2.8, 900, 7.0))
    write_file(folder / "diagram.h5", {
        (schema.States, "x1to3"): states_of(),
        (schema.Boundary, "a+b"): region,
        (schema.Boundary, "c+b"): closed,
        (schema.Unresolved, "x1to3"): zone,
        (schema.ElectronicBoundary, "a+b"): region,
        (schema.ElectronicInvariant, "a+c+b"): point,
    })  # fmt: skip
    curve = {"x": [1.0, 2.0, 2.0, 3.0], "voltage_V": [3.5, 3.5, 3.25, 3.25], "stable": [True] * 4}
    write_file(folder / "voltage.h5", {
        (schema.VoltageCurve, 0): curve, (schema.VoltageCurve, 300): curve,
    })  # fmt: skip
    return folder / "diagram.h5", folder / "voltage.h5"


@pytest.fixture(scope="module")
def page(files):
    path = files[0].parent / "page.html"
    write_page(
        *files, path, title="A<x>B", composition="<i>x</i> in A<sub>x</sub>B", reference="A/A⁺",
        signature="Energies: made up",
    )  # fmt: skip
    return path


def texts_of(figure):
    return [str(trace.hovertemplate) for trace in figure.data if trace.hovertemplate]


def test_everything_that_is_drawn_says_what_it_is(files):
    said = " ".join(texts_of(diagram(files[0], "x")))
    for phrase in (
        "<b>a + b</b>", "<b>c</b>, one phase", "<b>not resolved</b> (a, c, b)<br>planted",
        "<b>critical point</b> of c + b<br><i>T</i> = 900.0 ± 7 K",
        "<b>invariant point</b> of a + c + b with electronic entropy",
        "<i>T</i> = 650.0 ± 3 K", "<b>a</b> beside a + b with electronic entropy",
    ):  # fmt: skip
        assert phrase in said, phrase


def test_errors_are_bands_and_bars(files):
    figure = diagram(files[0], "x")
    bars = {trace.error_y.value for trace in figure.data if getattr(trace, "error_y", None)}
    assert {3.0, 7.0} <= bars
    bands = [t for t in figure.data if t.type == "scatter" and t.fillcolor == "rgba(0,0,0,0.25)"]
    spans = [(min(t.x), max(t.x)) for t in bands]
    assert any(np.allclose(span, (1.58, 1.62)) for span in spans)
    zone = next(t for t in figure.data if t.type == "scatter" and t.fillpattern.shape)
    assert (min(zone.x), max(zone.x), min(zone.y), max(zone.y)) == (1.6, 2.4, 600, 700)


def test_cells_hold_the_equilibrium_at_their_temperature(files):
    from navac.figures.data import region_of as region_from
    from navac.results.read import read_records

    boundaries = read_records(files[0], schema.Boundary)
    regions = {n: region_from(n, b) for n, b in boundaries.items()}
    traces = hover_traces(regions, boundaries, read_records(files[0], schema.States), [], 1000.0)
    (field,) = [t for t in traces if "<b>a + b</b>" in t.hovertemplate]
    z, data = np.asarray(field.z), np.asarray(field.customdata)
    row = int(np.abs(np.asarray(field.y) - 300).argmin())
    column = int(np.abs(np.asarray(field.x) - 1.8).argmin())
    assert z[row, column] == 1
    share = (field.x[column] - 1.6) / 0.8 * 100
    np.testing.assert_allclose(
        data[row, column], [1.6, 0.02, 2.4, 0.02, -0.5, 0.003, share], rtol=1e-5
    )
    # no cell belongs to two fields
    states = read_records(files[0], schema.States)
    x, at = cells(list(regions.values()), states, 1000.0, [])
    assert (x[0], x[-1]) == (1.0, 3.0)  # what was sampled, not only the regions
    count = np.zeros((len(at), len(x)))
    for trace in traces:
        rows, columns = np.searchsorted(at, trace.y), np.searchsorted(x.round(5), trace.x)
        count[np.ix_(rows, columns)] += np.isfinite(np.asarray(trace.z))
    assert count.max() == 1


def test_the_page_is_whole_by_itself(page):
    text = page.read_text(encoding="utf-8")
    assert "<h1>A&lt;x&gt;B</h1>" in text
    assert not re.search(r"<(script|link|img|iframe)[^>]*\s(src|href)=", text)
    assert text.count("plotly.js v") == 1  # written once
    assert "Energies: made up" in text
    assert len(text) < 9_000_000


def test_the_page_is_the_same_when_written_again(files, page, tmp_path):
    for name in ("one", "two"):
        write_page(*files, tmp_path / f"{name}.html", title="again")
    one, two = (tmp_path / f"{name}.html" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_what_is_missing_is_said(tmp_path):
    write_file(tmp_path / "d.h5", {(schema.Entropy, 300): {}})
    write_file(tmp_path / "v.h5", {(schema.Entropy, 300): {}})
    assert diagram(tmp_path / "d.h5", "x") is None
    assert voltage(tmp_path / "v.h5", "x", "") is None
    write_page(tmp_path / "d.h5", tmp_path / "v.h5", tmp_path / "p.html", title="empty")
    text = (tmp_path / "p.html").read_text()
    assert "There is no phase diagram in the results." in text
    assert "plotly" not in text


POINTS = {
    "a + b": ("phase-diagram", 2.0, 320),
    "a": ("phase-diagram", 1.2, 420),
    "c": ("phase-diagram", 2.0, 800),
    "zone": ("phase-diagram", 2.0, 655),
    "boundary": ("phase-diagram", 1.6, 300),
    "critical": ("phase-diagram", 2.8, 900),
    "invariant": ("phase-diagram", 1.4, 650),
    "voltage": ("voltage", 1.5, 3.5),
}


@pytest.fixture(scope="module")
def seen(page, tmp_path_factory):
    program = browser()
    if program is None:
        pytest.skip("no Chromium or Chrome is installed; with Debian, apt-get install chromium")
    return visit(program, page, tmp_path_factory.mktemp("browser"), POINTS.values())


def test_a_browser_has_nothing_to_complain_of(seen):
    assert seen["problems"] == []
    assert seen["loaded"] == []


@pytest.mark.parametrize(("name", "phrases"), [
    ("a + b", ("a + b", "x = 1.99", "T = 3", "a: x = 1.6000 ± 0.02", "b: x = 2.4000 ± 0.02",
               "-0.50000 ± 0.003 eV", "share of b: 49 %")),
    ("a", ("a, one phase", "x = 1.2", "T = 42", "standard error of x")),
    ("c", ("c, one phase", "x = 1.99", "T = 80")),
    ("zone", ("not resolved (a, c, b)", "planted", "600 to 700 K")),
    ("boundary", ("a beside a + b", "T = 300.0 K", "x = 1.6000 ± 0.02", "± 0.003 eV")),
    ("critical", ("critical point of c + b", "T = 900.0 ± 7 K", "x = 2.8000")),
    ("invariant", ("invariant point of a + c + b with electronic entropy", "650.0 ± 3 K")),
    ("voltage", ("x = 1.500", "0 K : 3.5000 V", "300 K : 3.5000 V")),
])  # fmt: skip
def test_the_pointer_is_told(seen, name, phrases):
    said = seen["said"][list(POINTS).index(name)].replace("−", "-")
    for phrase in phrases:
        assert phrase in said, said


def test_a_broken_page_would_be_noticed(page, tmp_path):
    """The same driver on a page whose script fails, and that asks for a file."""
    program = browser()
    if program is None:
        pytest.skip("no Chromium or Chrome is installed; with Debian, apt-get install chromium")
    broken = tmp_path / "broken.html"
    broken.write_text(
        '<!DOCTYPE html><html><head></head><body><img src="no.png">'
        "<script>nothing();</script></body></html>"
    )
    seen = visit(program, broken, tmp_path, [("phase-diagram", 1, 1)])
    said = " ".join(seen["problems"])
    assert "nothing is not defined" in said
    assert "no.png" in said
    assert "driver" in said
