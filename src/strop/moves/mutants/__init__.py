"""Mutants of a file, made to measure how much its tests notice."""

from strop.moves.mutants.making import MadeMutants, functions_of, make_mutants

__all__ = ["MadeMutants", "functions_of", "make_mutants"]
