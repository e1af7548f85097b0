"""Objects, functions and printed text between tests and a candidate in another process."""

from __future__ import annotations

import pytest

from strop.sandbox.jobs import Execution, SuiteJob

from .conftest import Bench

SOURCE = '''
import asyncio, enum, collections, contextlib, dataclasses
LIMIT = 3
class Stack:
    """A stack."""
    made = 0
    def __init__(self, *items):
        self.items = list(items)
        Stack.made += 1
    def push(self, x):
        self.items.append(x)
        return self
    def pop(self):
        return self.items.pop()
    @property
    def top(self):
        return self.items[-1]
    @classmethod
    def of(cls, items):
        return cls(*items)
    @staticmethod
    def name():
        return "stack"
    def __len__(self):
        return len(self.items)
    def __iter__(self):
        return iter(self.items)
    def __contains__(self, x):
        return x in self.items
    def __getitem__(self, i):
        return self.items[i]
    def __setitem__(self, i, x):
        self.items[i] = x
    def __eq__(self, other):
        return isinstance(other, Stack) and self.items == other.items
    def __lt__(self, other):
        return self.items < other.items
    def __hash__(self):
        return hash(tuple(self.items))
    def __add__(self, other):
        return Stack(*self.items, *other)
    def __repr__(self):
        return f"Stack{tuple(self.items)}"
    def __enter__(self):
        return self
    def __exit__(self, *error):
        self.items.append("left")
        return error[0] is KeyError
class Money:
    def __init__(self, cents):
        self.cents = cents
    def __eq__(self, other):
        return self.cents == (other.cents if isinstance(other, Money) else other)
@dataclasses.dataclass
class Point:
    x: int
    y: int
class Color(enum.Enum):
    RED = 1
    BLUE = 2
Pair = collections.namedtuple("Pair", "a b")
class Odd(ValueError):
    def __init__(self, number):
        super().__init__(f"{number} is odd")
        self.number = number
def half(n):
    if n % 2:
        raise Odd(n)
    return n // 2
def pair(a, b):
    return Pair(a, b)
def apply(f, *items):
    return [f(x) for x in items]
def count(n):
    for i in range(n):
        yield i
def hello(name):
    print("hello", name)
async def later(x):
    await asyncio.sleep(0)
    return x + LIMIT
def limit():
    return LIMIT
@contextlib.contextmanager
def opened(log):
    log.append("in")
    yield 5
    log.append("out")
def twice(f):
    def g(x):
        return f(f(x))
    return g
def sorted_by(items, key):
    return sorted(items, key=key)
'''

HEAD = "import asyncio, pytest, solution\nfrom solution import *\n"
GOOD = {
    "an object's methods and attributes": (
        "s = Stack(1)\nassert s.push(2) is s\nassert s.items == [1, 2] and s.top == 2\n"
        "s.items = [9]\nassert s.pop() == 9 and s.items == []"
    ),
    "its operators": (
        "s = Stack(1, 2)\nassert len(s) == 2 and list(s) == [1, 2] and 2 in s and 5 not in s\n"
        "assert s[0] == 1 and s == Stack(1, 2) and s != Stack(2) and Stack(1) < s\n"
        "s[0] = 7\nassert list(s + [3]) == [7, 2, 3] and repr(s) == 'Stack(7, 2)'\n"
        "assert len({s, Stack(7, 2)}) == 1 and bool(Stack()) is False"
    ),
    "a class's own members": (
        "assert Stack.of([1]).top == 1 and Stack.name() == 'stack'\n"
        "assert isinstance(Stack(), Stack) and not isinstance(3, Stack)\n"
        "assert Stack.made >= 1 and type(Stack()).__name__ == 'Stack'"
    ),
    "a context manager": (
        "with Stack() as s:\n    raise KeyError('x')\nassert s.items == ['left']\n"
        "log = []\nwith opened(log) as x:\n    assert x == 5"
    ),
    "a data class": "p = Point(1, y=2)\nassert p == Point(1, 2) and (p.x, p.y) == (1, 2)",
    "an enumeration": (
        "assert Color.RED is Color.RED and Color(2) is Color.BLUE and Color['RED'].value == 1\n"
        "assert [c.name for c in Color] == ['RED', 'BLUE'] and Color.RED != Color.BLUE"
    ),
    "a named tuple": (
        "p = pair(1, 2)\nassert p == (1, 2) and p.a == 1 and p[1] == 2 and len(p) == 2\n"
        "a, b = p\nassert (a, b) == (1, 2) and p < (1, 3) and Pair(3, 4).b == 4"
    ),
    "a class compared with plain data": "assert Money(5) == 5 and Money(5) != 6 and 5 == Money(5)",
    "an exception's attributes": (
        "with pytest.raises(Odd, match='odd') as e:\n    half(3)\nassert e.value.number == 3\n"
        "assert issubclass(Odd, ValueError) and half(4) == 2"
    ),
    "functions of the tests": (
        "assert apply(lambda x: x + 1, 1, 2) == [2, 3]\nassert apply(str, 1) == ['1']\n"
        "assert apply(half, 4) == [2] and apply(Stack, 1)[0] == Stack(1)\n"
        "assert sorted_by(['aa', 'b'], len) == ['b', 'aa']\n"
        "assert twice(lambda x: x * 3)(2) == 18"
    ),
    "a function of the tests that calls back": (
        "s = Stack()\nassert apply(lambda x: s.push(x) and half(x), 2, 4) == [1, 2]\n"
        "assert s.items == [2, 4]"
    ),
    "a function of the tests that raises": (
        "class Own(Exception):\n    pass\ndef bad(x):\n    raise Own(x)\n"
        "with pytest.raises(Own):\n    apply(bad, 1)"
    ),
    "a generator": (
        "g = count(10**9)\nassert next(g) == 0 and next(g) == 1\n"
        "assert list(count(3)) == [0, 1, 2] and next(iter(count(1))) == 0"
    ),
    "a coroutine": "assert asyncio.run(later(1)) == 4",
    "a name set for a while": (
        "with pytest.MonkeyPatch.context() as patch:\n    patch.setattr(solution, 'LIMIT', 8)\n"
        "    assert limit() == 8 and solution.LIMIT == 8\nassert limit() == 3\n"
        "with pytest.MonkeyPatch.context() as patch:\n"
        "    patch.setattr(solution, 'limit', lambda: 77)\n    assert solution.limit() == 77\n"
        "assert solution.limit() == 3"
    ),
    "a mock of a name": (
        "from unittest import mock\nwith mock.patch('solution.LIMIT', 5):\n"
        "    assert limit() == 5\nassert limit() == 3"
    ),
}


def run(bench: Bench, body: str, source: str = SOURCE, head: str = HEAD) -> Execution:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    tests = f"{head}def test_it(capsys):\n{lines}\n"
    return bench.run(
        SuiteJob({"test_it.py": tests}, ["test_it.py"], True, source=source, plugins=False)
    )


@pytest.mark.parametrize("what", GOOD)
def test_what_crosses(bench: Bench, what: str) -> None:
    done = run(bench, GOOD[what])
    assert done.status == "passed", done.message + done.stdout


def test_printed_text_is_captured_in_the_tests(bench: Bench) -> None:
    done = run(bench, "hello('you')\nassert capsys.readouterr().out == 'hello you\\n'")
    assert done.status == "passed", done.message


LIAR = """
class Liar:
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    def __hash__(self):
        return 0
    def __lt__(self, other):
        return True
    __gt__ = __le__ = __ge__ = __contains__ = __lt__
    def __sub__(self, other):
        return 0.0
    __rsub__ = __add__ = __radd__ = __sub__
    def __abs__(self):
        return 0.0
    def __float__(self):
        return 3.0
    def __call__(self, *a):
        return self
    def __getattr__(self, name):
        return self
class LyingInt(int):
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    __hash__ = int.__hash__
class Box:
    pass
def f(x):
    return Liar()
def g(x):
    return LyingInt(1)
def h(x):
    return [Liar(), Liar()]
"""
FOOLED = [
    "assert f(1) == 42",
    "assert not f(1) != 42",
    "assert 42 == f(1)",
    "assert f(1) < 5",
    "assert 5 > f(1)",
    "assert abs(f(1) - 3.0) < 1e-6",
    "assert abs(3.0 - f(1)) < 1e-6",
    "assert f(1) == pytest.approx(3.0)",
    "assert 7 in f(1)",
    "assert h(1) == [1, 2]",
    "assert f(1) in (1, 2)",
    "assert g(1) == 42",
    "assert not g(1) != 42",
    "assert {'a': f(1)} == {'a': 42}",
    "from unittest.mock import ANY\nassert [f(1), 1] == [42, ANY]",
    "Box()\nassert f(1) == 42",
    "Liar()\nassert f(1) == 42",
    "Liar()\nassert f(1) == [1, 2]",
    "Liar()\nassert f(1) == 'word'",
    "Liar()\nassert f(1) == {'a': 1}",
]


@pytest.mark.parametrize("body", FOOLED)
def test_an_object_that_equals_everything_is_not_the_answer(bench: Bench, body: str) -> None:
    done = run(bench, body, LIAR)
    assert done.status == "failed", done
    assert not done.split_unsupported


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return object()\n",
        "def f(x):\n    return lambda: 1\n",
        "def f(x):\n    y = []\n    for _ in range(300):\n        y = [y]\n    return y\n",
        "import sys\ndef f(x):\n    return sys._getframe()\n",
        "def f(x):\n    import os\n    os.write(4, b'\\x08\\0\\0\\0{\"a\":[}]')\n    return 1\n",
    ],
)
def test_what_a_candidate_returns_never_lets_it_into_the_tests(bench: Bench, source: str) -> None:
    done = run(bench, "assert f(f(1)) == 42", source)
    assert done.status in ("failed", "error", "crashed"), done
    assert not done.split_unsupported, done.message
