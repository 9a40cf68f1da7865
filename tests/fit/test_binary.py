"""Binary campaigns are the same as before sites could hold more than two species."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.data.binary.write_fits import METHODS, made

RECORDED = json.loads((Path(__file__).parents[1] / "data/binary/fits.json").read_text())


@pytest.fixture(scope="module")
def now():
    return made()


def test_the_same_orderings_and_correlations(now):
    assert now["orderings"] == RECORDED["orderings"]
    np.testing.assert_allclose(now["ewald"], RECORDED["ewald"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(now["averages"], RECORDED["averages"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_expansions(now, method):
    found, before = now["fits"][method], RECORDED["fits"][method]
    assert found["constant"] == pytest.approx(before["constant"], abs=1e-12)
    np.testing.assert_allclose(found["eci"], before["eci"], rtol=0, atol=1e-12)
    assert found["loocv"] == pytest.approx(before["loocv"], abs=1e-12)
    assert found["kfold"] == pytest.approx(before["kfold"], abs=1e-12)
