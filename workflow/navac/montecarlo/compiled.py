"""Programs of the CPU at hand: compiled in memory, and made known to XLA."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

import jax
import llvmlite.binding as llvm

from navac import NavacError


class CompilerError(NavacError):
    """A program could not be compiled on this machine."""


_ENGINES: list[llvm.ExecutionEngine] = []
"""Programs stay in memory for as long as the process runs, for XLA holds their addresses."""


@cache
def machine_features() -> dict[str, bool]:
    """What the CPU can do, by LLVM's names."""
    return dict(llvm.get_host_cpu_features())


def has_ternary_logic() -> bool:
    """Whether the CPU has AVX-512 with vectors of any length."""
    features = machine_features()
    return bool(features.get("avx512f") and features.get("avx512vl"))


@cache
def interface_version() -> tuple[int, int]:
    """The version of the interface of foreign functions, from XLA's own header.

    Raises:
        CompilerError: the header says nothing about it.
    """
    header = Path(jax.ffi.include_dir()) / "xla/ffi/api/c_api.h"
    found = dict(re.findall(r"define XLA_FFI_API_(MAJOR|MINOR) (\d+)", header.read_text()))
    try:
        return int(found["MAJOR"]), int(found["MINOR"])
    except KeyError as error:
        raise CompilerError(f"{header}: no version of XLA's interface") from error


def register(program: str, *, ternary: bool) -> str:
    """Compile a program whose entry is ``sweep``, and return the name under which XLA knows it.

    Args:
        ternary: whether AVX-512 may be used.
    """
    name = "navac_" + hashlib.sha256(f"{ternary}{program}".encode()).hexdigest()[:24]
    return _register(name, program, ternary)


@cache
def _register(name: str, program: str, ternary: bool) -> str:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(program)
    module.verify()
    machine = _machine(ternary)
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    _ENGINES.append(engine)
    capsule = jax.ffi.pycapsule(engine.get_function_address("sweep"))
    jax.ffi.register_ffi_target(name, capsule, platform="cpu")
    return name


def _machine(ternary: bool) -> llvm.TargetMachine:
    features = [
        f"{'+' if has and (ternary or not name.startswith('avx512')) else '-'}{name}"
        for name, has in machine_features().items()
    ]
    cpu = llvm.get_host_cpu_name()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=cpu, features=",".join(features), opt=3, jit=True
    )
