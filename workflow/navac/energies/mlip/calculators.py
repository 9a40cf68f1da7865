"""Calculators by name: the two whose weights come with their packages, and any other of ASE's.

Their packages are imported only when a calculator is built, so that nothing else needs them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ase.calculators.calculator import Calculator

from navac import NavacError

REFUSALS = (
    TypeError, ValueError, OSError, RuntimeError, AttributeError, LookupError, AssertionError,
)  # fmt: skip
"""Errors of calculators that do not like their options; the last is PyTorch's without CUDA."""


class ModelError(NavacError):
    """A model that cannot be loaded, or that does not give what a relaxation needs."""


@dataclass(frozen=True)
class Model:
    """A calculator, and what its energies are called.

    Attributes:
        calculator: of ASE; gives energy and forces, and the stress where cells are relaxed.
        name: of the calculator in the configuration, with the model or weights that it loaded.
        version: of its package; empty where that has none.
        level: level of theory of its energies.
        device: that it runs on.
    """

    calculator: Calculator
    name: str
    version: str
    level: str
    device: str

    @property
    def title(self) -> str:
        """Name, version and level of theory, for the column ``provenance`` of a table."""
        return f"{' '.join(filter(None, (self.name, self.version)))}, {self.level}"


def load_model(
    calculator: str, options: Mapping[str, Any], level: str, threads: int | None = None
) -> Model:
    """Build a calculator.

    Args:
        calculator: ``chgnet``, ``sevenn``, or ``module:Class`` of an ASE calculator.
        options: handed to it; see :data:`BUILDERS` for those that are known by name.
        level: level of theory of its energies.
        threads: for PyTorch, where the calculator uses it.

    Raises:
        ModelError: its package is not installed, or it refuses its options.
    """
    build = BUILDERS.get(calculator) or _other(calculator)
    try:
        # chgnet prints where it runs.
        with redirect_stdout(sys.stderr):
            built = build(dict(options))
    except ImportError as error:
        raise ModelError(
            f"energies.mlip.calculator {calculator}: cannot be imported ({error}); "
            f"{_how_to_install(calculator)}"
        ) from error
    except REFUSALS as error:
        raise ModelError(
            f"energies.mlip.calculator {calculator}: could not be loaded with the options "
            f"{dict(options)} ({type(error).__name__}: {error}); correct energies.mlip.options"
        ) from error
    if threads and (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(threads)
    return Model(
        calculator=built, name=_name(calculator, options), version=_version(calculator),
        level=level, device=str(getattr(built, "device", "cpu")),
    )  # fmt: skip


def _chgnet(options: dict[str, Any]) -> Calculator:
    """CHGNet; ``model_name`` (default r2scan) or ``path``, ``device``, and what it takes itself."""
    from chgnet.model import CHGNet
    from chgnet.model.dynamics import CHGNetCalculator

    device = options.pop("device", None)
    path, name = options.pop("path", None), options.pop("model_name", CHGNET_MODEL)
    if path is not None:
        model = CHGNet.from_file(path)
    else:
        model = CHGNet.load(model_name=name, use_device=device, verbose=False)
    return CHGNetCalculator(model, use_device=device, **options)


def _sevenn(options: dict[str, Any]) -> Calculator:
    """SevenNet; ``model`` (a name or the path of a checkpoint), ``modal``, ``device``."""
    from sevenn.calculator import SevenNetCalculator

    return SevenNetCalculator(**options)


CHGNET_MODEL = "r2scan"
DEFAULT_MODELS = {"chgnet": [CHGNET_MODEL], "sevenn": ["7net-0"]}
BUILDERS: dict[str, Callable[[dict[str, Any]], Calculator]] = {
    "chgnet": _chgnet,
    "sevenn": _sevenn,
}


def _other(calculator: str) -> Callable[[dict[str, Any]], Calculator]:
    """Builder of a calculator that is given as ``module:Class``."""
    module, _, name = calculator.partition(":")
    if not name:
        raise ModelError(
            f"energies.mlip.calculator {calculator}: is not known by name; use one of "
            f"{', '.join(BUILDERS)}, or module:Class of an ASE calculator"
        )

    def build(options: dict[str, Any]) -> Calculator:
        return getattr(importlib.import_module(module), name)(**options)

    return build


def _how_to_install(calculator: str) -> str:
    if calculator == "chgnet":
        return "install it with `make mlip`, or pip install -c constraints.txt '.[mlip]'"
    if calculator == "sevenn":
        return "install it with pip install -c constraints.txt '.[sevenn]'"
    return "install the package that has it into this environment, or correct the name"


def _name(calculator: str, options: Mapping[str, Any]) -> str:
    """The calculator with the model that it loaded."""
    given = (options.get(key) for key in ("path", "model_name", "model", "model_paths", "modal"))
    chosen = [str(value) for value in given if value is not None]
    return " ".join([calculator, *(chosen or DEFAULT_MODELS.get(calculator, []))])


def _version(calculator: str) -> str:
    """Version of the package that has the calculator."""
    try:
        return version(calculator.partition(":")[0].partition(".")[0])
    except PackageNotFoundError:
        return ""
