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
        left, right = words[..., self.words - before :], words[..., :after]
        return jnp.concatenate(
            [_rotated(left, self.turn), words, _rotated(right, -self.turn)], axis=-1
        )

    def unpack(self, words: jax.Array) -> jax.Array:
        """Inverse of :meth:`pack`, uint32."""
        return self.together(bits_of(words[..., self.margin[0] :][..., : self.words]))

    def numbers(self, planes: jax.Array, dtype) -> jax.Array:
        """Numbers ``[…, word, bit]`` of planes ``[digit, …, word]``."""
        weights = jnp.asarray(2, dtype) ** jnp.arange(len(planes), dtype=dtype)
        return jnp.tensordot(weights, bits_of(planes).astype(dtype), axes=1)

    def fold(self, x: jax.Array) -> jax.Array:
        """Sums over the parts, ``[…, replica]``, of numbers ``[…, word, bit]``."""
        return self.together(x).sum(axis=-2, dtype=x.dtype)


def bits_of(words: jax.Array) -> jax.Array:
    """``[…, word, bit]`` of words ``[…, word]``."""
    return words[..., None] >> jnp.arange(BITS, dtype=jnp.uint32) & jnp.uint32(1)


def _rotated(words: jax.Array, left: int) -> jax.Array:
    if not left % BITS:
        return words
    return words << jnp.uint32(left % BITS) | words >> jnp.uint32(-left % BITS)
