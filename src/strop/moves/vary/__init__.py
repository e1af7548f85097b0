"""New inputs for a function from a few example inputs, keeping the examples' shape."""

from strop.moves.vary.inputs import vary

__all__ = ["vary"]
