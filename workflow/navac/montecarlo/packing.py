"""How bits of replicas lie in words.

A word holds 32 replicas of one part, or, of fewer replicas, all of them in several parts, as
far apart from each other as there are words: a neighbour is then in another word at the same
bit, but for the margins, whose words are those of the other end rotated by one part.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

BITS = 32
"""Bits of a word."""
VECTOR_BYTES = 128
"""Bytes of a row that fill the vectors of a CPU."""


@dataclass(frozen=True)
class Packing:
    """Rows of bits.

    Attributes:
        tile: replicas; a multiple of 32, or a power of two below, with a multiple of 32/tile
            parts.
        all_parts: parts of the supercell in a row.
        margin_parts: parts before and after them that repeat the other end.
    """

    tile: int
    all_parts: int
    margin_parts: tuple[int, int]

    @property
    def spread(self) -> int:
        """Parts that share a word."""
        return max(1, BITS // self.tile)

    @property
    def parts(self) -> int:
        """Parts in the direction of words."""
        return self.all_parts // self.spread

    @property
    def stack(self) -> int:
        """Words of a part."""
        return max(1, self.tile // BITS)

    @property
    def words(self) -> int:
        """Words of a row without its margin."""
        return self.parts * self.stack

    @property
    def margin(self) -> tuple[int, int]:
        """Words of the margin."""
        before, after = self.margin_parts
        return before * self.stack, after * self.stack

    @property
    def turn(self) -> int:
        """Bits by which words of a margin are rotated."""
        return self.tile % BITS

    def apart(self, x: jax.Array) -> jax.Array:
        """``[…, part, replica]`` as ``[…, word, bit]``."""
        lead = x.shape[:-2]
        share = min(self.tile, BITS)
        x = x.reshape(*lead, self.spread, self.parts, self.stack, share)
        x = jnp.moveaxis(x, -4, -2)
        return x.reshape(*lead, self.words, BITS)

    def together(self, x: jax.Array) -> jax.Array:
        """Inverse of :meth:`apart`."""
        lead = x.shape[:-2]
        share = min(self.tile, BITS)
        x = x.reshape(*lead, self.parts, self.stack, self.spread, share)
        return jnp.moveaxis(x, -2, -4).reshape(*lead, self.all_parts, self.tile)

    def by_bit(self, x: jax.Array) -> jax.Array:
        """``[…, part, replica]`` as ``[…, bit, word]``."""
        return self.apart(x).swapaxes(-1, -2)

    def pack(self, bits: jax.Array) -> jax.Array:
        """``[…, word]`` with margins, from 0 and 1 ``[…, part, replica]``."""
        shifted = self.apart(bits).astype(jnp.uint32) << jnp.arange(BITS, dtype=jnp.uint32)
        words = shifted.sum(axis=-1, dtype=jnp.uint32)
        before, after = self.margin
        return self.closed(jnp.pad(words, [(0, 0)] * (words.ndim - 1) + [(before, after)]))

    def closed(self, words: jax.Array) -> jax.Array:
        """``[…, word]`` with margins that repeat the other end."""
        before, after = self.margin
        right, left = words[..., before : before + after], words[..., self.words :][..., :before]
        words = words.at[..., :before].set(_rotated(left, self.turn))
        return words.at[..., before + self.words :].set(_rotated(right, -self.turn))

    def unpack(self, words: jax.Array) -> jax.Array:
        """Inverse of :meth:`pack`, uint32."""
        return self.together(bits_of(words[..., self.margin[0] :][..., : self.words]))

    @property
    def portion(self) -> Packing:
        """Of some of the replicas, so that all of them are several such portions, without margins:
        as few as fill a word, but so many that rows of them as bytes fill vectors."""
        replicas = next(
            n for n in range(BITS, max(self.tile, BITS) + 1, BITS)
            if n >= self.tile or (self.tile % n == 0 and n * self.all_parts >= VECTOR_BYTES)
        )  # fmt: skip
        return Packing(min(replicas, self.tile), self.all_parts, (0, 0))

    def places(self, k: jax.Array) -> jax.Array:
        """Where the words of a portion lie in a row."""
        words = jnp.arange(self.portion.stack) + k * self.portion.stack
        parts = self.margin[0] + jnp.arange(self.parts)[:, None] * self.stack
        return (parts + words).ravel()

    def numbers(self, planes: jax.Array, dtype) -> jax.Array:
        """Numbers ``[…, word, bit]`` of planes ``[digit, …, word]``."""
        weights = jnp.asarray(2, dtype) ** jnp.arange(len(planes), dtype=dtype)
        return jnp.tensordot(weights, bits_of(planes).astype(dtype), axes=1)

    def fold(self, x: jax.Array) -> jax.Array:
        """Sums over the parts, ``[…, replica]``, of numbers ``[…, word, bit]``."""
        return self.together(x).sum(axis=-2, dtype=x.dtype)


def unpacked(bits: jax.Array, sites: int) -> jax.Array:
    """Int8 ``[site, replica]`` codes of configurations ``[replica, digit, byte]``, see
    :class:`navac.crystal.configurations.Configurations`."""
    every = bits[..., None] >> jnp.arange(7, -1, -1, dtype=jnp.uint8) & jnp.uint8(1)
    digits = every.reshape(*bits.shape[:2], -1)[..., :sites].astype(jnp.int8)
    power = jnp.arange(bits.shape[1], dtype=jnp.int8)[:, None]
    return (digits << power).sum(axis=1, dtype=jnp.int8).T


def packed(codes: jax.Array, digits: int) -> jax.Array:
    """Inverse of :func:`unpacked`."""
    sites = len(codes)
    planes = codes.T[:, None] >> jnp.arange(digits, dtype=jnp.int8)[:, None] & jnp.int8(1)
    filled = jnp.pad(planes, ((0, 0), (0, 0), (0, -sites % 8))).astype(jnp.uint8)
    each = filled.reshape(*filled.shape[:2], -1, 8) << jnp.arange(7, -1, -1, dtype=jnp.uint8)
    return each.sum(axis=-1, dtype=jnp.uint8)


def bits_of(words: jax.Array) -> jax.Array:
    """``[…, word, bit]`` of words ``[…, word]``."""
    return words[..., None] >> jnp.arange(BITS, dtype=jnp.uint32) & jnp.uint32(1)


def _rotated(words: jax.Array, left: int) -> jax.Array:
    if not left % BITS:
        return words
    return words << jnp.uint32(left % BITS) | words >> jnp.uint32(-left % BITS)
