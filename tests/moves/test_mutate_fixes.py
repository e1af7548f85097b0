"""The human fixes of small bugs are among the likely changes."""

from __future__ import annotations

import pytest

from strop.moves.mutate import Mutation, mutations

FIXES: dict[str, tuple[str, str, str]] = {
    "boundary": (
        """
def count_upto(values, limit):
    total = 0
    for value in values:
        if value < limit:
            total += 1
    return total
""",
        "value < limit",
        "value <= limit",
    ),
    "range end": (
        """
def triangle(n):
    total = 0
    for i in range(1, n):
        total += i
    return total
""",
        "range(1, n)",
        "range(1, n + 1)",
    ),
    "index": (
        """
def rises(xs):
    for i in range(len(xs) - 1):
        if xs[i] > xs[i]:
            return False
    return True
""",
        "> xs[i]",
        "> xs[i + 1]",
    ),
    "wrong variable": (
        """
def dot(xs, ys):
    total = 0
    for x, y in zip(xs, ys):
        total += x * x
    return total
""",
        "x * x",
        "x * y",
    ),
    "recursive arguments": (
        """
def power(base, exponent):
    if exponent == 0:
        return 1
    return base * power(exponent - 1, base)
""",
        "power(exponent - 1, base)",
        "power(base, exponent - 1)",
    ),
    "and or": (
        """
def leap(year):
    return year % 4 == 0 and (year % 100 != 0 and year % 400 == 0)
""",
        "!= 0 and",
        "!= 0 or",
    ),
    "missing not": (
        """
def drop_blank(lines):
    kept = []
    for line in lines:
        if line.isspace():
            kept.append(line)
    return kept
""",
        "if line.isspace()",
        "if not line.isspace()",
    ),
    "grouping": (
        """
def middle(lo, hi):
    mid = lo + hi // 2
    return mid
""",
        "lo + hi // 2",
        "(lo + hi) // 2",
    ),
    "grouping on the right": (
        """
def variance(square_sum, count):
    return square_sum / count - 1
""",
        "square_sum / count - 1",
        "square_sum / (count - 1)",
    ),
    "missing call": (
        """
def gap(xs, target):
    best = None
    for x in xs:
        if best is None or x - target < best:
            best = x - target
    return best
""",
        "or x - target <",
        "or abs(x - target) <",
    ),
    "keep the greatest": (
        """
def longest_run(bits):
    best = run = 0
    for bit in bits:
        run = run + 1 if bit else 0
        best = run
    return best
""",
        "best = run\n    return",
        "best = max(best, run)\n    return",
    ),
    "min and max": (
        """
def clamp(value, low, high):
    return min(low, min(value, high))
""",
        "min(low,",
        "max(low,",
    ),
    "tail": (
        """
def total(xs):
    if not xs:
        return 0
    return xs[0] + total(xs)
""",
        "total(xs)\n",
        "total(xs[1:])\n",
    ),
    "append after loop": (
        """
def chunks(xs, size):
    out = []
    part = []
    for x in xs:
        part.append(x)
        if len(part) == size:
            out.append(part)
            part = []
    return out
""",
        "    return out",
        "    out.append(part)\n    return out",
    ),
    "mark seen": (
        """
def unique(xs):
    seen = set()
    out = []
    for x in xs:
        if x not in seen:
            out.append(x)
    return out
""",
        "            out.append(x)\n",
        "            out.append(x)\n            seen.add(x)\n",
    ),
    "advance": (
        """
def last_node(node):
    previous = None
    while node:
        following = node.next
        node = following
    return previous
""",
        "        node = following",
        "        previous = node\n        node = following",
    ),
    "base case": (
        """
def depth(tree):
    left = depth(tree.left)
    right = depth(tree.right)
    return 1 + max(left, right)
""",
        "    left = depth",
        "    if tree is None:\n        return 0\n    left = depth",
    ),
    "early return": (
        """
def contains_all(xs, ys):
    for y in ys:
        if y not in xs:
            return False
        return True
""",
        "        return True",
        "    return True",
    ),
    "returned condition": (
        """
def balanced(text):
    depth = 0
    for c in text:
        if c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if depth < 0:
                return False
    return True
""",
        "    return True",
        "    return depth == 0",
    ),
    "nested empty list": (
        """
def prefixes(xs):
    if not xs:
        return []
    return prefixes(xs[:-1]) + [xs]
""",
        "return []",
        "return [[]]",
    ),
    "concatenation": (
        """
def subsets(xs):
    if not xs:
        return [[]]
    first, *rest = xs
    smaller = subsets(rest)
    return [[first] + s for s in smaller]
""",
        "return [[first]",
        "return smaller + [[first]",
    ),
    "truth of the queue": (
        """
def reach(graph, start, goal):
    queue = [start]
    while True:
        node = queue.pop(0)
        if node == goal:
            return True
        queue.extend(graph[node])
    return False
""",
        "while True",
        "while queue",
    ),
    "null test": (
        """
def has_loop(node):
    slow = fast = node
    while True:
        if fast.next is None:
            return False
        slow = slow.next
        fast = fast.next.next
        if slow is fast:
            return True
""",
        "if fast.next",
        "if fast is None or fast.next",
    ),
    "yield from": (
        """
def walk(tree):
    if isinstance(tree, list):
        for part in tree:
            yield walk(part)
    else:
        yield tree
""",
        "yield walk",
        "yield from walk",
    ),
    "antonym": (
        """
def prime(n, primes):
    return any(n % p > 0 for p in primes)
""",
        "any(",
        "all(",
    ),
    "reverse": (
        """
def top(scores, n):
    ranked = sorted(scores)
    return ranked[:n]
""",
        "sorted(scores)",
        "sorted(scores, reverse=True)",
    ),
    "attribute": (
        """
def overlaps(a, b):
    return a.start < b.end and b.start < b.end
""",
        "b.start < b.end",
        "b.start < a.end",
    ),
    "attribute name": (
        """
def center(box):
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def area(box):
    width = box.right - box.left
    height = box.bottom - box.left
    return width * height
""",
        "box.bottom - box.left",
        "box.bottom - box.top",
    ),
    "tuple order": (
        """
def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = a + b, b
    return a
""",
        "a + b, b",
        "b, a + b",
    ),
    "simultaneous": (
        """
def euclid(a, b):
    while b:
        a = b
        b = a % b
    return a
""",
        "a = b\n        b = a % b",
        "a, b = b, a % b",
    ),
    "augmented": (
        """
def parse(digits):
    value = 0
    for d in digits:
        value = value * 10
        value = int(d)
    return value
""",
        "value = int",
        "value += int",
    ),
    "subtract a variable": (
        """
def kth(xs, k):
    pivot = xs[0]
    below = [x for x in xs if x < pivot]
    above = [x for x in xs if x > pivot]
    less = len(below)
    upto = len(xs) - len(above)
    if k < less:
        return kth(below, k)
    if k >= upto:
        return kth(above, k)
    return pivot
""",
        "kth(above, k)",
        "kth(above, k - upto)",
    ),
    "shared slice": (
        """
def heads(xs, k):
    best = xs[:k]
    for x in xs[:]:
        best.append(x)
        best.remove(min(best))
    return best
""",
        "in xs[:]:",
        "in xs[k:]:",
    ),
    "iterable": (
        """
def expand(counts, xs):
    tally = [0] * counts
    for x in xs:
        tally[x] += 1
    out = []
    for i, c in enumerate(xs):
        out.extend([i] * c)
    return out
""",
        "enumerate(xs)",
        "enumerate(tally)",
    ),
    "default of get": (
        """
def tally(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word) + 1
    return counts
""",
        "get(word)",
        "get(word, 0)",
    ),
    "case": (
        """
def same(a, b):
    return a.lower() == b
""",
        "== b",
        "== b.lower()",
    ),
    "start of the fold": (
        """
def product(xs):
    result = 0
    for x in xs:
        result *= x
    return result
""",
        "result = 0",
        "result = 1",
    ),
    "or missing": (
        """
def ways(coins, total):
    if total == 0:
        return 1
    if total < 0:
        return 0
    first, *rest = coins
    return ways(coins, total - first) + ways(rest, total)
""",
        "if total < 0:",
        "if total < 0 or not coins:",
    ),
}
REACH = 300


def apply(source: str, mutation: Mutation) -> str:
    for edit in sorted(mutation.edits, reverse=True):
        source = source[: edit.start] + edit.text + source[edit.end :]
    return source


def code(source: str) -> tuple[object, ...]:
    """What compiling gives, without line numbers."""

    def plain(part: object) -> object:
        consts = getattr(part, "co_consts", None)
        if consts is None:
            return repr(part)
        names = ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars")
        return (*(getattr(part, n) for n in names), *(plain(c) for c in consts))

    whole = plain(compile(source, "f", "exec", dont_inherit=True))
    assert isinstance(whole, tuple)
    return whole


@pytest.mark.parametrize("name", FIXES)
def test_the_fix_is_among_the_likely_changes(name: str) -> None:
    source, wrong, right = FIXES[name]
    assert source.count(wrong) == 1
    fixed = code(source.replace(wrong, right))
    found = list(mutations("f.py", source))
    rank = next((i for i, m in enumerate(found) if _gives(source, m, fixed)), None)
    assert rank is not None, f"{name}: not among {len(found)}"
    assert rank < REACH, f"{name}: {rank} of {len(found)}"


def _gives(source: str, mutation: Mutation, fixed: tuple[object, ...]) -> bool:
    try:
        return code(apply(source, mutation)) == fixed
    except SyntaxError:
        return False
