"""`sums`: arithmetic and countdown problems whose solutions are checked exactly, step by step."""

from __future__ import annotations

from strop.lab.sums.check import Checked, check_solution, prefix_values, value_of_prefix
from strop.lab.sums.corrupt import Wrong, wrong_solutions
from strop.lab.sums.finish import finish
from strop.lab.sums.problem import Problem, get, problem, problems
from strop.lab.sums.steps import split_steps
from strop.lab.sums.task import task_row
from strop.lab.sums.waits import forced_on, with_waits
from strop.lab.sums.walk import StepVerdict
from strop.lab.sums.walks import walk

__all__ = [
    "Checked",
    "Problem",
    "StepVerdict",
    "Wrong",
    "check_solution",
    "finish",
    "forced_on",
    "get",
    "prefix_values",
    "problem",
    "problems",
    "split_steps",
    "task_row",
    "value_of_prefix",
    "walk",
    "with_waits",
    "wrong_solutions",
]
