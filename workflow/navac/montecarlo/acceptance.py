"""Which flips are accepted, decided by comparing whole numbers.

A flip that changes Ω = E − μN by ΔΩ is accepted if ΔΩ ≤ −kT ln u (Metropolis) or
ΔΩ ≤ kT ln((1 − u)/u) (heat bath), u a uniform random number. Fields are whole quanta, so the flip
of site i is accepted if −σ(i) h(i) is at most the whole part of half the right side, with μ moved
there: the *threshold*. u has 31 bits; its logarithm is a polynomial in single precision, with an
absolute error of 2e-7.

The same steps are written twice, for JAX and for programs of the CPU.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from navac.montecarlo.emitter import Function
from navac.montecarlo.random import PARITY, ROTATIONS, ROUNDS

RULES = ("metropolis", "heat_bath")

LOGARITHM = (
    0.9999999403953552, -0.5000037550926208, 0.33334606885910034, -0.24968907237052917,
    0.1991334855556488, -0.1727820634841919, 0.16126248240470886, -0.09895350784063339,
)  # fmt: skip
"""Coefficients of ln(1 + r)/r, lowest power first, by interpolation at the Chebyshev points of
√½ ≤ 1 + r ≤ √2."""

DIGITS = 25
"""Binary digits of a field and of a threshold: those of twice
:data:`navac.montecarlo.model.LARGEST_FIELD`, and a sign."""


def largest_threshold(digits: int) -> int:
    """Thresholds of so many digits are cut to ± this, a number of single precision.

    Costs must be smaller.
    """
    return 2 ** (digits - 1) - max(2, 2 ** (digits - 25))


_LN2 = float(np.float32(np.log(2)))
_HALF_ROOT = 0x3F3504F3
_UNIT = 0x3F800000


def threshold(word: jax.Array, half_mu, half_kt, first: jax.Array, rule: str, digits: int = DIGITS):
    """The threshold of half the cost of a flip, without μ, in quanta.

    Args:
        word: random, uint32.
        half_mu: μ/2 in quanta, float32.
        half_kt: kT/2 in quanta, float32.
        first: whether the site holds its first species (σ = −1).
        digits: of the threshold.

    Returns:
        int32: −σh must not be greater for the site to flip.
    """
    odd = (word >> jnp.uint32(1) | jnp.uint32(1)).astype(jnp.int32)
    size = _minus_log(odd)
    if rule == "heat_bath":
        size = size - _minus_log(jnp.int32(-(2**31)) - odd)
    t = half_kt * size + jnp.where(first, -half_mu, half_mu)
    most = np.float32(largest_threshold(digits))
    return jnp.floor(jnp.clip(t, -most, most)).astype(jnp.int32)


def _minus_log(number: jax.Array) -> jax.Array:
    """−ln(number/2³¹), float32, for int32 from 1."""
    bits = jax.lax.bitcast_convert_type(number.astype(jnp.float32), jnp.int32)
    shifted = bits + (_UNIT - _HALF_ROOT)
    power = (shifted >> 23) - 127
    rest = jax.lax.bitcast_convert_type((shifted & 0x7FFFFF) + _HALF_ROOT, jnp.float32) - 1
    series = jnp.full_like(rest, LOGARITHM[-1])
    for c in LOGARITHM[-2::-1]:
        series = series * rest + np.float32(c)
    return (31 - power).astype(jnp.float32) * np.float32(_LN2) - series * rest


def emit_threefry(f: Function, left: str, right: str, key0: str, key1: str) -> tuple[str, str]:
    """Two random words, as :func:`navac.montecarlo.random.threefry_2x32`.

    Args:
        left, right: counter + key.
    """
    third = f.integer("xor", f.integer("xor", key0, key1), f.splat(PARITY))
    schedule = (key0, key1, third)
    for i in range(ROUNDS):
        left = f.integer("add", left, right)
        right = f.integer("xor", f.rotated(right, ROTATIONS[i % 8]), left)
        if i % 4 == 3:
            k = i // 4 + 1
            left = f.integer("add", left, schedule[k % 3])
            right = f.integer("add", right, f.integer("add", schedule[(k + 1) % 3], f.splat(k)))
    return left, right


def emit_threshold(f: Function, word: str, half_mu: str, half_kt: str, sign: str,
                   rule: str, digits: int = DIGITS) -> str:  # fmt: skip
    """:func:`threshold`; ``sign`` is the sign bit where the first species is."""
    odd = f.integer("or", f.integer("lshr", word, f.splat(1)), f.splat(1))
    size = _emit_minus_log(f, odd)
    if rule == "heat_bath":
        other = f.integer("sub", f.splat(-(2**31)), odd)
        size = f.real("fsub", size, _emit_minus_log(f, other))
    mu = _cast(f, f.integer("xor", _cast(f, half_mu, f.reals, f.words), sign), f.words, f.reals)
    t = _fma(f, half_kt, size, mu)
    most = float(largest_threshold(digits))
    t = _bounded(f, t, "ogt", -most)
    t = _bounded(f, t, "olt", most)
    whole = f.called("floor", f.reals, f"{f.reals} {t}")
    return f.new(f"fptosi {f.reals} {whole} to {f.words}")


def _emit_minus_log(f: Function, number: str) -> str:
    bits = _cast(f, f.new(f"sitofp {f.words} {number} to {f.reals}"), f.reals, f.words)
    shifted = f.integer("add", bits, f.splat(_UNIT - _HALF_ROOT))
    left = f.integer("sub", f.splat(31 + 127), f.integer("ashr", shifted, f.splat(23)))
    rest = f.integer("add", f.integer("and", shifted, f.splat(0x7FFFFF)), f.splat(_HALF_ROOT))
    rest = f.real("fadd", _cast(f, rest, f.words, f.reals), f.splat("-1.0", "float"))
    series = _constant(f, LOGARITHM[-1])
    for c in LOGARITHM[-2::-1]:
        series = _fma(f, series, rest, _constant(f, c))
    power = f.new(f"sitofp {f.words} {left} to {f.reals}")
    # The product is rounded before it is taken away, as in the other version.
    minus = f.real("fmul", f.new(f"fneg {f.reals} {series}"), rest)
    return _fma(f, power, _constant(f, _LN2), minus)


def _bounded(f: Function, a: str, kept_if: str, limit: float) -> str:
    edge = _constant(f, limit)
    kept = f.new(f"fcmp {kept_if} {f.reals} {a}, {edge}")
    return f.new(f"select <{f.width} x i1> {kept}, {f.reals} {a}, {f.reals} {edge}")


def _fma(f: Function, a: str, b: str, c: str) -> str:
    return f.called("fma", f.reals, ", ".join(f"{f.reals} {x}" for x in (a, b, c)))


def _cast(f: Function, a: str, old: str, new: str) -> str:
    return f.new(f"bitcast {old} {a} to {new}")


def _constant(f: Function, value: float) -> str:
    """LLVM wants the bits of the double that equals the float."""
    bits = np.float64(np.float32(value)).view(np.uint64)
    return f.splat(f"0x{int(bits):016X}", "float")
