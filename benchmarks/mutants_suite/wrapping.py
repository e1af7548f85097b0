"""Stands in for the text of the standard library's textwrap, which the benchmark puts here."""

from textwrap import TextWrapper, dedent, fill, indent, shorten, wrap

__all__ = ["TextWrapper", "dedent", "fill", "indent", "shorten", "wrap"]
