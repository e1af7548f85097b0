"""A seed for each draw out of the one seed of a request."""

from __future__ import annotations

import hashlib

__all__ = ["draw_seed"]


def draw_seed(seed: int | None, draw: int) -> int | None:
    """A seed in [0, 2**31). Hashed, since servers seed draw `i` of a call by `seed + i`: requests
    with neighbouring seeds would share most of their draws."""
    if seed is None:
        return None
    digest = hashlib.blake2b(f"{seed}/{draw}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1
