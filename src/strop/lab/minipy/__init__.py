"""The world `minipy`: short programming problems with exact verifiers.

A list that holds nothing counts as 0 or as the empty string wherever one of its items is asked for.
"""

from strop.lab.minipy.corrupt import Wrong, wrong_programs
from strop.lab.minipy.problem import SPLITS, Problem, get, problem, problems
from strop.lab.minipy.task_row import task_row

__all__ = ["SPLITS", "Problem", "Wrong", "get", "problem", "problems", "task_row", "wrong_programs"]
