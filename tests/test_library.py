"""Library functions take settings as arguments; they do not read a configuration."""

import subprocess
import sys

import pytest

PACKAGES = ("vasp", "fit", "energies", "expansion", "orderings", "crystal")
LOADED = """
import importlib, pkgutil, sys
package = importlib.import_module("navac.{0}")
for module in pkgutil.walk_packages(package.__path__, "navac.{0}."):
    importlib.import_module(module.name)
print(*(name for name in sys.modules if name.startswith("navac.config")))
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_imports_the_configuration(package):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED.format(package)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == []
