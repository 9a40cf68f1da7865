"""Elements along a line are those of scikit-fem."""

import numpy as np
import pytest

from navac.cell.assembly import Elements, Line, assembly
from navac.cell.body import Body
from navac.cell.shapes import hexagon, radial

pytestmark = pytest.mark.cell


@pytest.mark.parametrize("symmetry", ["radial", "solid"])
def test_a_line_is_what_scikit_fem_makes_of_it(symmetry):
    import skfem

    nodes = np.linspace(0, 1, 8) ** 1.5  # uneven
    body = Body(mesh=skfem.MeshLine(nodes), symmetry=symmetry)
    line, known = Line(body), Elements(body)
    nodal = 1 + np.cos(3 * nodes)
    units = np.eye(len(nodes))
    for one, other in (
        (line.mass(), known.mass()),
        (line.stiffness(2.0), known.stiffness(2.0)),
        (line.stiffness(line.at_points(nodal)), known.stiffness(known.at_points(nodal))),
    ):  # fmt: skip
        np.testing.assert_allclose(
            [one @ unit for unit in units], [other @ unit for unit in units], atol=1e-13
        )


def test_only_lines_have_bands():
    assert isinstance(assembly(radial(1.0, 5)), Line)
    assert isinstance(assembly(hexagon(1.0, 1)), Elements)
