"""Inputs for the QuixBugs programs within their contracts, and what a program does on them.

Usage: scripts/bench quixbugs_inputs FOLDER [--count N] [--seed S]
FOLDER is a checkout of QuixBugs. Prints one JSON line per program: whether the correct program did
the same twice and never failed, and on how many of the inputs the buggy one does something else.

`observe` runs programs with a time and a memory limit but no sandbox.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import importlib.util
import json
import math
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["PROGRAMS", "Call", "inputs", "observe"]

COUNT = 200
MEMORY = 2 << 30
Random = random.Random


@dataclass(frozen=True)
class Call:
    """Python text of the tuple of arguments; `Node` is the only name it uses."""

    args: str


def inputs(program: str, n: int = COUNT, seed: int = 0) -> list[Call]:
    """Up to `n` different calls that respect the program's contract, those at its edges first.
    Fewer where the contract has no more (small ones are not padded with large ones)."""
    edges, draw = _PROGRAMS[program]
    rng = Random(f"{program} {seed}")
    texts = dict.fromkeys(_args(*edge) if isinstance(edge, tuple) else edge for edge in edges)
    for _ in range(50 * n):
        if len(texts) >= n:
            break
        texts[draw(rng)] = None
    return [Call(text) for text in islice(texts, n)]


def _args(*args: Any) -> str:
    return repr(args)


def _ints(rng: Random, most: int = 9, low: int = -20, high: int = 20) -> list[int]:
    # A narrow range in every second list, so that elements repeat.
    if rng.random() < 0.5:
        low, high = max(low, -3), min(high, 3)
    return [rng.randint(low, high) for _ in range(rng.randint(0, most))]


def _distinct(rng: Random, least: int, most: int, low: int = -20, high: int = 40) -> list[int]:
    return rng.sample(range(low, high), rng.randint(least, most))


def _word(rng: Random, most: int, letters: str = "abc") -> str:
    return "".join(rng.choices(letters, k=rng.randint(0, most)))


def _near(rng: Random, text: str, letters: str = "abc") -> str:
    """`text` with one or two characters changed."""
    for _ in range(rng.randint(0, 2)):
        place = rng.randint(0, len(text))
        text = text[:place] + rng.choice(["", *letters]) + text[place + rng.randint(0, 1) :]
    return text


def _bitcount(rng: Random) -> str:
    return _args(rng.getrandbits(rng.randint(1, 40)))


def _bucketsort(rng: Random) -> str:
    items = [abs(item) for item in _ints(rng)]
    return _args(items, max(items, default=0) + rng.choice((1, 1, 2, 10)))


def _search(rng: Random) -> str:
    items = sorted(_ints(rng))
    wanted = rng.choice(items) if items and rng.random() < 0.6 else rng.randint(-22, 22)
    return _args(items, wanted)


def _flatten(rng: Random) -> str:
    def nested(depth: int) -> list[Any]:
        return [
            nested(depth + 1)
            if depth < 4 and rng.random() < 0.4
            else rng.choice((rng.randint(-9, 9), _word(rng, 3), None))
            for _ in range(rng.randint(0, 4))
        ]

    return _args(nested(0))


def _gcd(rng: Random) -> str:
    common = rng.randint(1, 30)
    return _args(common * rng.randint(0, 99), common * rng.randint(0, 99))


def _get_factors(rng: Random) -> str:
    if rng.random() < 0.5:
        return _args(math.prod(rng.choices((2, 3, 5, 7, 11, 13), k=rng.randint(1, 5))))
    return _args(rng.randint(1, 5000))


def _hanoi(rng: Random) -> str:
    # start == end is left out: the original answers it with moves, although none are needed.
    start, end = rng.sample((1, 2, 3), 2)
    return _args(rng.randint(0, 7), start, end)


def _parens(rng: Random) -> str:
    text = ""
    for _ in range(rng.randint(1, 6)):
        text = rng.choice((f"({text})", f"{text}()", f"(){text}"))
    return _args(_near(rng, text, "()"))


def _kheapsort(rng: Random) -> str:
    items = sorted(_distinct(rng, 0, 9))
    moved = rng.randint(0, max(0, len(items)))
    # Shuffled in blocks of moved + 1, no element is further than `moved` from its place.
    blocks = [items[i : i + moved + 1] for i in range(0, len(items), moved + 1)]
    shuffled = [item for block in blocks for item in rng.sample(block, len(block))]
    return _args(shuffled, moved)


def _knapsack(rng: Random) -> str:
    items = [(rng.randint(1, 12), rng.randint(1, 20)) for _ in range(rng.randint(0, 6))]
    chosen = sum(weight for weight, _ in items if rng.random() < 0.5)
    return _args(rng.choice((chosen, rng.randint(0, 40))), items)


def _kth(rng: Random) -> str:
    items = _ints(rng) or [rng.randint(-5, 5)]
    return _args(items, rng.randrange(len(items)))


def _lcs_length(rng: Random) -> str:
    first = _word(rng, 10, "abcd")
    return _args(first, _near(rng, first) if rng.random() < 0.5 else _word(rng, 10, "abcd"))


def _two_words(rng: Random) -> str:
    first = _word(rng, 6)
    return _args(first, _near(rng, first) if rng.random() < 0.5 else _word(rng, 6))


def _lis(rng: Random) -> str:
    return _args(_distinct(rng, 0, 10))


def _one_list(rng: Random) -> str:
    return _args(_ints(rng))


def _next_palindrome(rng: Random) -> str:
    half = [rng.choice((0, 1, 8, 9, 9, 9)) for _ in range(rng.randint(1, 4))]
    half[0] = half[0] or 9
    return _args(half + half[::-1][rng.randint(0, 1) :])


def _next_permutation(rng: Random) -> str:
    items = _distinct(rng, 2, 6)
    if items == sorted(items, reverse=True):
        items.reverse()
    if rng.random() < 0.4:
        place = rng.randrange(1, len(items))
        items = sorted(items[:place]) + sorted(items[place:], reverse=True)
        items = sorted(items) if items == sorted(items, reverse=True) else items
    return _args(items)


def _pascal(rng: Random) -> str:
    return _args(rng.randint(1, 40))


def _possible_change(rng: Random) -> str:
    # Distinct, as denominations are.
    coins = rng.sample((1, 2, 3, 4, 5, 7, 10, 25), rng.randint(0, 4))
    return _args(coins, rng.randint(-3, 30))


def _powerset(rng: Random) -> str:
    pool: Sequence[Any] = rng.choice((range(10), "abcdefgh", ["x", "df", "z", "m", ""]))
    return _args(rng.sample(pool, rng.randint(0, 5)))


def _rpn_eval(rng: Random) -> str:
    while True:
        tokens, value = _expression(rng, rng.randint(0, 3))
        if value is not None:
            return _args(tokens)


def _expression(rng: Random, depth: int) -> tuple[list[Any], float | None]:
    if depth == 0 or rng.random() < 0.15:
        number = float(rng.randint(-9, 9)) if rng.random() < 0.8 else rng.randint(1, 40) / 4
        return [number], number
    (left, a), (right, b) = _expression(rng, depth - 1), _expression(rng, depth - 1)
    sign = rng.choice("+-*/")
    tokens = [*left, *right, sign]
    # Divisors near zero are avoided: rounding would decide what the answer is.
    if a is None or b is None or (sign == "/" and abs(b) < 1e-3):
        return tokens, None
    value = {"+": a + b, "-": a - b, "*": a * b, "/": a / (b or 1.0)}[sign]
    return tokens, value if abs(value) < 1e9 else None


def _shunting_yard(rng: Random) -> str:
    tokens: list[Any] = [rng.randint(0, 50)]
    for _ in range(rng.randint(0, 6)):
        tokens += [rng.choice("+-*/"), rng.randint(0, 50)]
    return _args(tokens)


def _sieve(rng: Random) -> str:
    return _args(rng.randint(1, 400))


def _sqrt(rng: Random) -> str:
    number = rng.choice((rng.randint(1, 400), round(rng.uniform(1, 400), 2)))
    return _args(number, rng.choice((0.5, 0.3, 0.1, 0.05, 0.01, 0.001, 1e-6)))


def _subsequences(rng: Random) -> str:
    low = rng.randint(-5, 8)
    return _args(low, low + rng.randint(-2, 8), rng.randint(1, 5))


def _to_base(rng: Random) -> str:
    return _args(rng.randint(1, 10 ** rng.randint(1, 6)), rng.randint(2, 36))


def _wrap(rng: Random) -> str:
    # The original does not end where a word after a space fills a line, so only the first word is
    # ever longer than a line less one.
    columns = rng.randint(2, 14)
    words = ["".join(rng.choices("abcde,.", k=rng.randint(1, columns - 1))) for _ in range(9)]
    words = words[: rng.randint(0, 9)]
    if words and rng.random() < 0.3:
        words[0] = "x" * rng.randint(1, 3 * columns)
    spaces = ["  " if rng.random() < 0.1 else " " for _ in words]
    text = "".join(word + space for word, space in zip(words, spaces, strict=True))
    return _args(text if rng.random() < 0.2 else text.rstrip(), columns)


def _wired(count: int, links: str, result: str) -> str:
    """Text that makes `count` nodes `ns` with the values 0, 1, ..., gives each the attributes
    `links` (of the node n, by its number i) and ends in the tuple `result`."""
    wiring = f"[n.__dict__.update({links}) for i, n in enumerate(ns)]"
    return f"(lambda ns: {wiring} and ({result}))([Node(i) for i in range({count})])"


def _adjacent(rng: Random, count: int, chance: float) -> list[list[int]]:
    rows = [[j for j in range(count) if rng.random() < chance] for _ in range(count)]
    return [rng.sample(row, len(row)) for row in rows]


def _graph_search(rng: Random) -> str:
    count = rng.randint(1, 7)
    rows = _adjacent(rng, count, rng.choice((0.1, 0.2, 0.3)))
    links = f"successors=[ns[j] for j in {rows}[i]]"
    return _wired(count, links, f"ns[{rng.randrange(count)}], ns[{rng.randrange(count)}]")


def _chain(count: int, back: int | None) -> str:
    """A linked list; the last node is followed by node `back`, if any."""
    following = [*range(1, count), count if back is None else back]
    return _wired(count, f"successor=[*ns, None][{following}[i]]", "ns[0],")


def _detect_cycle(rng: Random) -> str:
    count = rng.randint(1, 40)
    return _chain(count, rng.randrange(count) if rng.random() < 0.5 else None)


def _reverse_linked_list(rng: Random) -> str:
    return _chain(rng.randint(1, 250), None)


def _minimum_spanning_tree(rng: Random) -> str:
    count = rng.randint(2, 7)
    pairs = [(rng.randrange(node), node) for node in range(1, count)]
    pairs += [(a, b) for b in range(count) for a in range(b) if rng.random() < 0.35]
    pairs = list(dict.fromkeys(pairs))
    rng.shuffle(pairs)
    names = rng.choice((list(range(1, count + 1)), list("ABCDEFG")))
    rng.shuffle(names)
    most = rng.choice((4, 30))
    edges = {}
    for a, b in pairs:
        a, b = (a, b) if rng.random() < 0.5 else (b, a)
        edges[names[a], names[b]] = rng.randint(1, most)
    return _args(edges)


def _shortest_path_length(rng: Random) -> str:
    while True:
        count = rng.randint(1, 6)
        rows = _adjacent(rng, count, rng.choice((0.2, 0.4)))
        rows = [[j for j in row if j != i] for i, row in enumerate(rows)]
        lengths = {(i, j): rng.randint(1, 60) for i, row in enumerate(rows) for j in row}
        start, goal = rng.randrange(count), rng.randrange(count)
        if not _heap_is_enough(rows, lengths, start):
            continue
        edges = ", ".join(f"(ns[{i}], ns[{j}]): {n}" for (i, j), n in lengths.items())
        links = f"successors=[ns[j] for j in {rows}[i]]"
        return _wired(count, links, f"{{{edges}}}, ns[{start}], ns[{goal}]")


def _heap_is_enough(rows: list[list[int]], lengths: dict[tuple[int, int], int], start: int) -> bool:
    """Whether the original can do this graph. It compares nodes, which have no order, where two
    open ones are equally far, and it lowers distances within its heap without moving them."""
    right = {start: 0}
    for _ in rows:
        for (i, j), length in lengths.items():
            if i in right:
                right[j] = min(right.get(j, 10**9), right[i] + length)
    open_nodes, done = [(0, start)], {}
    while open_nodes:
        far, node = heapq.heappop(open_nodes)
        done[node] = far
        for following in rows[node]:
            if following in done:
                continue
            new = far + lengths[node, following]
            places = [i for i, (_, other) in enumerate(open_nodes) if other == following]
            if places:
                open_nodes[places[0]] = (min(new, open_nodes[places[0]][0]), following)
            else:
                heapq.heappush(open_nodes, (new, following))
            if len({distance for distance, _ in open_nodes}) < len(open_nodes):
                return False
    return done == right


def _weights(rng: Random, pairs: list[tuple[int, int]], count: int) -> list[int]:
    """Weights, some negative, without a negative cycle: steps of a height cancel around one."""
    heights = [rng.randint(0, 8) for _ in range(count)]
    return [rng.randint(0, 6) + heights[b] - heights[a] for a, b in pairs]


def _all_lengths(rng: Random) -> str:
    count = rng.randint(1, 5)
    pairs = [(a, b) for a in range(count) for b in range(count) if a != b and rng.random() < 0.4]
    rng.shuffle(pairs)
    return _args(count, dict(zip(pairs, _weights(rng, pairs, count), strict=True)))


def _shortest_paths(rng: Random) -> str:
    count = rng.randint(1, 6)
    pairs = [(a, b) for a in range(count) for b in range(count) if a != b and rng.random() < 0.35]
    # An edge from a node that is neither the source nor the end of an edge is beyond the original.
    while lost := {a for a, _ in pairs} - {b for _, b in pairs} - {0}:
        pairs = [pair for pair in pairs if pair[0] not in lost]
    rng.shuffle(pairs)
    weights = _weights(rng, pairs, count)
    names = "ABCDEF"
    edges = [(names[a], names[b]) for a, b in pairs]
    return _args("A", dict(zip(edges, weights, strict=True)))


def _topological_ordering(rng: Random) -> str:
    count = rng.randint(1, 7)
    chance = rng.choice((0.15, 0.35, 0.6))
    order = rng.sample(range(count), count)
    edges = [(order[i], order[j]) for j in range(count) for i in range(j) if rng.random() < chance]
    rng.shuffle(edges)
    links = (
        f"outgoing_nodes=[ns[b] for a, b in {edges} if a == i],"
        f" incoming_nodes=[ns[a] for a, b in {edges} if b == i]"
    )
    return _wired(count, links, "ns,")


_WORDS = (("", ""), ("a", ""), ("", "ab"), ("a", "a"), ("aab", "ab"))
_LISTS = (([],), ([0],), ([-1],), ([1, 1],), ([2, 1],), ([3, 3, 3],), ([-2, -1],))
_SEARCHES = (([], 1), ([1], 1), ([1], 0), ([1], 2), ([1, 1], 1), ([1, 1, 1], 2), ([1, 3], 2))

_PROGRAMS: dict[str, tuple[Sequence[Any], Callable[[Random], str]]] = {
    "bitcount": (((0,), (1,), (2,), (3,), (255,), (256,)), _bitcount),
    "breadth_first_search": ((), _graph_search),
    "bucketsort": ((([], 1), ([], 14), ([0], 1), ([0, 0], 1), ([2, 2], 3)), _bucketsort),
    "depth_first_search": ((), _graph_search),
    "detect_cycle": (
        (_chain(1, None), _chain(1, 0), _chain(2, None), _chain(2, 0), _chain(2, 1)),
        _detect_cycle,
    ),
    "find_first_in_sorted": (_SEARCHES, _search),
    "find_in_sorted": (_SEARCHES, _search),
    "flatten": ((([],), ([[]],), ([1],), ([[[]], []],), ([[1]],)), _flatten),
    "gcd": (((0, 0), (0, 5), (5, 0), (1, 1), (12, 12), (3, 12), (12, 3)), _gcd),
    "get_factors": (((1,), (2,), (3,), (4,), (9,), (97,)), _get_factors),
    "hanoi": (((0,), (1,), (2,), (3,), (0, 2, 1)), _hanoi),
    "is_valid_parenthesization": ((("",), ("(",), (")",), ("()",), (")(",), ("((",)), _parens),
    "kheapsort": ((([], 0), ([1], 0), ([1], 1), ([2, 1], 1), ([1, 2, 3], 0)), _kheapsort),
    "knapsack": (((0, []), (5, []), (0, [(1, 1)]), (1, [(1, 1)]), (3, [(4, 9)])), _knapsack),
    "kth": ((([1], 0), ([1, 1], 1), ([2, 1], 0), ([2, 1], 1)), _kth),
    "lcs_length": (_WORDS, _lcs_length),
    "levenshtein": (_WORDS, _two_words),
    "lis": ((([],), ([3],), ([1, 2],), ([2, 1],)), _lis),
    "longest_common_subsequence": (_WORDS, _two_words),
    "max_sublist_sum": (_LISTS, _one_list),
    "mergesort": (_LISTS, _one_list),
    "minimum_spanning_tree": ((({},), ({(1, 2): 3},)), _minimum_spanning_tree),
    "next_palindrome": ((([0],), ([1],), ([9],), ([9, 9],), ([1, 1],)), _next_palindrome),
    "next_permutation": ((([1, 2],), ([1, 2, 3],), ([2, 3, 1],)), _next_permutation),
    "pascal": (((1,), (2,), (3,)), _pascal),
    "possible_change": ((([], 0), ([], 3), ([2], 0), ([2], 3), ([1], -1)), _possible_change),
    "powerset": ((([],), ([1],), (["a", "b"],)), _powerset),
    "quicksort": (_LISTS, _one_list),
    "reverse_linked_list": (((None,), _chain(1, None), _chain(2, None)), _reverse_linked_list),
    "rpn_eval": ((([3.0],), ([5.0, 2.0, "-"],), ([5.0, 2.0, "/"],)), _rpn_eval),
    "shortest_path_length": ((), _shortest_path_length),
    "shortest_path_lengths": (((0, {}), (1, {}), (2, {}), (2, {(0, 1): 3})), _all_lengths),
    "shortest_paths": ((("A", {}), ("A", {("A", "B"): 2})), _shortest_paths),
    "shunting_yard": ((([],), ([1],), ([1, "-", 2],), ([1, "+", 2, "*", 3],)), _shunting_yard),
    "sieve": (((1,), (2,), (3,), (4,), (9,)), _sieve),
    "sqrt": (((1, 0.5), (1, 0.01), (2, 0.01), (4, 0.2), (1.0, 1e-6)), _sqrt),
    "subsequences": (((1, 1, 1), (1, 2, 1), (5, 1, 2), (1, 5, 3), (1, 4, 3)), _subsequences),
    "to_base": (((1, 2), (2, 2), (35, 36), (36, 36), (31, 16)), _to_base),
    "topological_ordering": ((([],),), _topological_ordering),
    "wrap": ((("", 1), ("a", 1), ("abc", 1), ("ab cd", 5), ("ab cd", 4)), _wrap),
}
PROGRAMS = tuple(_PROGRAMS)


def observe(
    module_folder: Path,
    program: str,
    calls: Sequence[Call],
    timeout_each: float,
    *,
    node: Path | None = None,
    most_timeouts: int = 10,
) -> list[str]:
    """What the program in `module_folder` does on each call: the canonical result as text, the name
    of an exception, "timeout" (CPU seconds), or "not run" after `most_timeouts` of those. "died":
    the whole process ended. `node` is node.py, by default the one in the folder."""
    settings = {
        "folder": str(module_folder),
        "program": program,
        "node": str(node or module_folder / "node.py"),
        "calls": [call.args for call in calls],
        "timeout": timeout_each,
        "most": most_timeouts,
    }
    command = [sys.executable, "-I", str(Path(__file__).resolve()), "--observe"]
    limit = 10 + 2 * timeout_each * len(calls)
    try:
        done = subprocess.run(
            command, input=json.dumps(settings).encode(), capture_output=True, timeout=limit
        )
        output, rest = done.stdout, "died"
    except subprocess.TimeoutExpired as expired:
        output, rest = expired.stdout or b"", "timeout"
    lines = output.decode(errors="replace").splitlines(keepends=True)
    found = [json.loads(line) for line in lines if line.endswith("\n")]
    return found + [rest] * (len(calls) - len(found))


class _Alarm(BaseException):
    """Time is up; no `except Exception` of the program gets in the way."""


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    def ring(*_: Any) -> None:
        raise _Alarm

    signal.signal(signal.SIGPROF, ring)
    # Again and again, where the program swallows the first.
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.2)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _observe_here() -> int:
    """The other end of `observe`: settings on stdin, a JSON line per call on stdout."""
    settings = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with os.fdopen(os.dup(1), "w") as out, Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        names: dict[str, Any] = {}
        if Path(settings["node"]).exists():
            names["Node"] = _load("node", Path(settings["node"])).Node
        timeouts = 0
        for text in settings["calls"]:
            found = "not run"
            if timeouts < settings["most"]:
                found = _outcome(settings, text, names)
                timeouts += found == "timeout"
            out.write(json.dumps(found) + "\n")
            out.flush()
    return 0


def _outcome(settings: dict[str, Any], text: str, names: dict[str, Any]) -> str:
    program = settings["program"]
    try:
        with _limit(settings["timeout"]):
            module = sys.modules.get(program)
            if module is None:
                module = _load(program, Path(settings["folder"]) / f"{program}.py")
            # Twice, since programs change their arguments.
            args, same = eval(text, dict(names)), eval(text, dict(names))
            value = getattr(module, program)(*args)
            judge = _CANONICAL.get(program)
            return repr(judge(same, value, args) if judge else _plain(value))
    except _Alarm:
        signal.setitimer(signal.ITIMER_PROF, 0)
        return "timeout"
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001
        return type(error).__name__


def _load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _plain(value: Any) -> Any:
    """Data whose repr is equal where Python says ==, as the original tests do; sequences and
    iterators are lists, numbers are rounded to six places, nodes are their values."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return repr(value)
        return int(value) if value == int(value) else round(value, 6)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return ["set", sorted((_plain(item) for item in value), key=repr)]
    if isinstance(value, dict):
        return ["dict", sorted(([_plain(k), _plain(v)] for k, v in value.items()), key=repr)]
    if isinstance(value, Iterator):
        return [_plain(item) for item in islice(value, 100_000)]
    if hasattr(value, "successors") and hasattr(value, "value"):
        return ["node", _plain(value.value)]
    return ["object", type(value).__name__]


# For these, more than one answer is right, or the answer is an object. The first argument is a
# fresh copy of the arguments, the third the arguments that the program had.


def _any_index(args: Any, value: Any, _: Any) -> Any:
    items, wanted = args
    right = isinstance(value, int) and 0 <= value < len(items) and items[value] == wanted
    return "an index of it" if right else _plain(value)


def _common(args: Any, value: Any, _: Any) -> Any:
    """Of common subsequences of equal length either will do."""
    for text in args:
        rest = iter(text)
        if not all(char in rest for char in value):
            return _plain(value)
    return ["common", len(value)]


def _subsets(args: Any, value: Any, _: Any) -> Any:
    """Subsets have no order, nor have their elements."""
    return sorted((sorted(_plain(subset), key=repr) for subset in value), key=repr)


def _any_order(args: Any, value: Any, _: Any) -> Any:
    return sorted(_plain(value))


def _spanning(args: Any, value: Any, _: Any) -> Any:
    """Of trees of equal weight any will do; an edge may be named from either end."""
    weights = args[0]
    group = {node: node for edge in weights for node in edge}
    total = 0
    for u, v in value:
        total += weights[(u, v) if (u, v) in weights else (v, u)]
        if group[u] == group[v]:
            return ["cycle", _plain(set(value))]
        group = {node: group[u] if of == group[v] else of for node, of in group.items()}
    return ["tree" if len(set(group.values())) < 2 else "parts", total]


def _root(args: Any, value: Any, _: Any) -> Any:
    """Any number of the contract's interval is right."""
    number, epsilon = args
    near = isinstance(value, (int, float)) and abs(value - math.sqrt(number)) <= epsilon + 1e-9
    return "within epsilon" if near else _plain(value)


def _ordering(args: Any, value: Any, _: Any) -> Any:
    """Any order that puts each node before the ends of its edges."""
    found = [node.value for node in value]
    places = {name: place for place, name in enumerate(found)}
    if sorted(found) != sorted(node.value for node in args[0]) or any(
        places[node.value] > places[end.value] for node in args[0] for end in node.outgoing_nodes
    ):
        return found
    return "an order"


def _walked(args: Any, value: Any, given: Any) -> Any:
    """The values along the list; whether it ends in the node that was the first."""
    values, last = [], None
    while value is not None and len(values) < 1000:
        values.append(_plain(value.value))
        last, value = value, value.successor
    return [values, last is given[0]]


_CANONICAL: dict[str, Callable[[Any, Any, Any], Any]] = {
    "find_in_sorted": _any_index,
    "longest_common_subsequence": _common,
    "minimum_spanning_tree": _spanning,
    "powerset": _subsets,
    "reverse_linked_list": _walked,
    "sqrt": _root,
    "subsequences": _any_order,
    "topological_ordering": _ordering,
}


_CONSTANTS = {"None", "True", "False"}


def check(folder: Path, program: str, count: int, seed: int) -> dict[str, Any]:
    """The correct program twice and the buggy one once on the same calls."""
    calls = inputs(program, count, seed)
    started = time.monotonic()
    right = observe(folder / "correct_python_programs", program, calls, 2.0)
    seconds = time.monotonic() - started
    again = observe(folder / "correct_python_programs", program, calls, 2.0)
    buggy = observe(folder / "python_programs", program, calls, 0.2, most_timeouts=5)
    return {
        "program": program,
        "calls": len(calls),
        "same_twice": right == again,
        "failed": sorted({text for text in right if text.isidentifier()} - _CONSTANTS),
        "buggy_differs": sum(a != b for a, b in zip(right, buggy, strict=True)),
        "results": len(set(right)),
        "seconds": round(seconds, 2),
    }


def main() -> int:
    """Print the findings; exit code 1 where the correct program fails or the bug does not show."""
    if sys.argv[1:] == ["--observe"]:
        return _observe_here()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    bad = False
    for program in PROGRAMS:
        found = check(arguments.folder, program, arguments.count, arguments.seed)
        print(json.dumps(found), flush=True)
        bad = bad or not found["same_twice"] or bool(found["failed"]) or not found["buggy_differs"]
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
