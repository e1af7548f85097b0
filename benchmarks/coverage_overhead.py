"""What coverage costs on functions that only compute: marks, slipcover, coverage.py, over plain.

Usage: scripts/bench coverage_overhead [--rounds 15]

Every version of a function runs once a round, in turn, in one process; a ratio is the median over
rounds of CPU time over the plain version's in the same round. slipcover and coverage.py are timed
where they are installed, each with lines and branches. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from strop.checks.coverage_points import mark

FUNCTIONS: dict[str, tuple[str, int]] = {
    "collatz": (
        """
def f(n):
    best = 0
    for i in range(1, n):
        x, steps = i, 0
        while x != 1:
            if x % 2:
                x = 3 * x + 1
            else:
                x = x // 2
            steps += 1
        if steps > best:
            best = steps
    return best
""",
        4000,
    ),
    "sieve": (
        """
def f(n):
    prime = [True] * (n + 1)
    count = 0
    for p in range(2, n + 1):
        if prime[p]:
            count += 1
            for m in range(p * p, n + 1, p):
                prime[m] = False
    return count
""",
        150_000,
    ),
    "insertion_sort": (
        """
def f(n):
    a = [(i * 7919) % 1009 for i in range(n)]
    for i in range(1, len(a)):
        x = a[i]
        j = i - 1
        while j >= 0 and a[j] > x:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = x
    return a
""",
        600,
    ),
    "fibonacci": (
        """
def f(n):
    if n < 2:
        return n
    return f(n - 1) + f(n - 2)
""",
        22,
    ),
    "n_body": (
        """
def f(n):
    bodies = [[float(i), i * 0.5, 1.0, 0.0, 0.1, 0.0] for i in range(1, 6)]
    for _ in range(n):
        for i in range(5):
            a = bodies[i]
            for j in range(i + 1, 5):
                b = bodies[j]
                dx = a[0] - b[0]
                dy = a[1] - b[1]
                dz = a[2] - b[2]
                d2 = dx * dx + dy * dy + dz * dz + 0.01
                force = 0.001 / (d2 * d2**0.5)
                a[3] -= dx * force
                a[4] -= dy * force
                a[5] -= dz * force
                b[3] += dx * force
                b[4] += dy * force
                b[5] += dz * force
        for b in bodies:
            b[0] += 0.01 * b[3]
            b[1] += 0.01 * b[4]
            b[2] += 0.01 * b[5]
    return bodies[0]
""",
        1200,
    ),
    "edit_distance": (
        """
def f(n):
    a = "kitten" * n
    b = "sitting" * n
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            cost = last if x == y else 1 + min(last, row[j], row[j - 1])
            last, row[j] = row[j], cost
    return row[-1]
""",
        30,
    ),
    "word_count": (
        """
def f(n):
    counts = {}
    for i in range(n):
        word = "w" + str(i % 97)
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return sorted(counts.items())
""",
        40_000,
    ),
    "queens": (
        """
def f(n):
    def place(row, cols, d1, d2):
        if row == n:
            return 1
        total = 0
        for c in range(n):
            if c in cols or row + c in d1 or row - c in d2:
                continue
            total += place(row + 1, cols | {c}, d1 | {row + c}, d2 | {row - c})
        return total
    return place(0, frozenset(), frozenset(), frozenset())
""",
        7,
    ),
    "gcd_table": (
        """
def f(n):
    total = 0
    for a in range(1, n):
        for b in range(1, n):
            x = a
            y = b
            while y:
                x, y = y, x % y
            total += x
    return total
""",
        150,
    ),
    "brackets": (
        """
def f(n):
    text = "([]{})" * n
    stack = []
    pairs = {")": "(", "]": "[", "}": "{"}
    for ch in text:
        if ch in "([{":
            stack.append(ch)
        elif not stack or stack.pop() != pairs[ch]:
            return False
    return not stack
""",
        8000,
    ),
}

Timed = Callable[[int], float]


def loaded(code: Any) -> Any:
    """The function `f` of a module's code or text."""
    space: dict[str, Any] = {}
    exec(code, space)
    return space["f"]


def simple(function: Callable[[int], Any]) -> Timed:
    """CPU seconds of one call."""

    def timed(n: int) -> float:
        started = time.thread_time()
        function(n)
        return time.thread_time() - started

    return timed


def with_slipcover(source: str, path: Path) -> Timed:
    """As slipcover's own importer instruments a file, with branches."""
    slipcover: Any = importlib.import_module("slipcover")
    tracer = slipcover.Slipcover(branch=True)
    tree = ast.parse(source)
    if sys.version_info < (3, 12):
        branches: Any = importlib.import_module("slipcover.branch")
        tree = branches.preinstrument(tree)
    path.write_text(source, encoding="utf-8")
    return simple(loaded(tracer.instrument(compile(tree, str(path), "exec"))))


def with_coverage(source: str, path: Path) -> Timed:
    """coverage.py, tracing only while the function runs."""
    coverage: Any = importlib.import_module("coverage")
    path.write_text(source, encoding="utf-8")
    tracer = coverage.Coverage(branch=True, include=[str(path)], data_file=None)
    tracer.start()
    function = simple(loaded(compile(source, str(path), "exec")))
    tracer.stop()

    def timed(n: int) -> float:
        tracer.start()
        try:
            return function(n)
        finally:
            tracer.stop()

    return timed


def measure(source: str, n: int, rounds: int, folder: Path) -> dict[str, float]:
    """Median ratio of each tool to the plain function."""
    versions = {"plain": simple(loaded(source)), "marks": simple(loaded(mark(source).text))}
    for name, make in (("slipcover", with_slipcover), ("coverage", with_coverage)):
        if importlib.util.find_spec(name) is not None:
            versions[name] = make(source, folder / f"{name}.py")
    ratios: dict[str, list[float]] = {name: [] for name in versions if name != "plain"}
    for number in range(rounds + 1):
        times = {name: timed(n) for name, timed in versions.items()}
        for name, values in ratios.items():
            values += [times[name] / times["plain"]] if number else []
    return {name: round(statistics.median(values), 3) for name, values in ratios.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with TemporaryDirectory() as folder:
        found = {
            name: measure(source, n, rounds, Path(folder))
            for name, (source, n) in FUNCTIONS.items()
        }
    tools = sorted({tool for row in found.values() for tool in row})
    over = {
        tool: {
            "median": round(statistics.median(row[tool] for row in found.values()), 3),
            "geometric_mean": round(statistics.geometric_mean(r[tool] for r in found.values()), 3),
            "worst": max(row[tool] for row in found.values()),
        }
        for tool in tools
    }
    print(json.dumps({"python": sys.version.split()[0], "over_plain": over, "functions": found}))


if __name__ == "__main__":
    main()
