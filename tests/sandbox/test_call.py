from __future__ import annotations

import pytest

from strop.core.errors import BadInput
from strop.sandbox.inside.wire import Iter, Opaque, Typed
from strop.sandbox.jobs import CallJob, Inputs, Limits

from .conftest import Bench


def test_values_come_back_with_their_types(bench: Bench) -> None:
    source = "def f(x):\n    return x, {1: x}, {x}, iter([x])\n"
    done = bench.run(CallJob(source, "f", [["a"]]))
    assert done.status == "passed"
    value = done.outputs[0].value
    assert value[:3] == ("a", {1: "a"}, {"a"})
    assert isinstance(value[3], Iter)
    assert done.cpu_seconds > 0
    assert done.max_rss_mb > 1
    assert "seccomp" in done.layers


def test_each_case_stands_alone(bench: Bench) -> None:
    source = "def f(x):\n    if x < 0:\n        raise KeyError(x)\n    return 1 / x\n"
    done = bench.run(CallJob(source, "f", [[1], [0], [-1], [2]]))
    assert [o.status for o in done.outputs] == ["passed", "error", "error", "passed"]
    assert [o.exception for o in done.outputs] == ["", "ZeroDivisionError", "KeyError", ""]
    assert 'File "solution.py", line 4, in f\n    return 1 / x' in done.outputs[1].trace
    assert done.status == "error"


@pytest.mark.parametrize(
    ("source", "exception"),
    [
        ("def f(:\n", "SyntaxError"),
        ("import nothing_of_the_kind\n", "ModuleNotFoundError"),
        ("g = 1\n", "AttributeError"),
        ("f = 1\n", "TypeError"),
        ("import sys\nsys.exit(0)\n", "SystemExit"),
        ("x = '\\ud800' + 1\n", "TypeError"),
    ],
)
def test_what_cannot_be_loaded_fails_every_case(bench: Bench, source: str, exception: str) -> None:
    done = bench.run(CallJob(source, "f", [[1], [2]]))
    assert (done.status, done.exception) == ("error", exception)
    assert [o.status for o in done.outputs] == ["error", "error"]


def test_methods_coroutines_and_dataclasses(bench: Bench) -> None:
    source = (
        "import dataclasses, pickle\n"
        "@dataclasses.dataclass\nclass P:\n    x: int = 1\n"
        "class C:\n    @staticmethod\n    def m(x):\n"
        "        return pickle.loads(pickle.dumps(P(x))).x\n"
        "async def g(x):\n    return x + 1\n"
    )
    assert bench.run(CallJob(source, "C.m", [[3]])).outputs[0].value == 3
    assert bench.run(CallJob(source, "g", [[3]])).outputs[0].value == 4


def test_arguments_are_fresh_and_reported_after_the_call(bench: Bench) -> None:
    source = "def f(a, b=[]):\n    a.append(1)\n    b.append(1)\n    return len(a)\n"
    done = bench.run(CallJob(source, "f", [[[0]], [[0]]], after=True))
    assert [o.value for o in done.outputs] == [2, 2]
    assert done.outputs[0].after == ([0, 1],)


def test_numpy_values_are_their_own_types(bench: Bench) -> None:
    pytest.importorskip("numpy")
    source = "import numpy as np\ndef f(x):\n    return np.array(x), np.float64(1.5)\n"
    array, scalar = bench.run(CallJob(source, "f", [[[1, 2]]])).outputs[0].value
    assert isinstance(array, Typed)
    assert array.value == ["int64", [1, 2]]
    assert (scalar.name, scalar.value) == ("numpy.float64", 1.5)


def test_the_same_inputs_serve_many_programs(bench: Bench) -> None:
    inputs = Inputs.of([[1], [(1, 2)]])
    assert inputs.count == 2
    for n in range(3):
        done = bench.run(CallJob(f"def f(x):\n    return {n}\n", "f", inputs))
        assert [o.value for o in done.outputs] == [n, n]


def test_inputs_must_be_plain() -> None:
    with pytest.raises(BadInput):
        Inputs.of([[object()]])
    with pytest.raises(BadInput):
        Limits(cpu_seconds=0)


def test_random_numbers_repeat_from_run_to_run(bench: Bench) -> None:
    job = CallJob("import random\ndef f():\n    return random.random(), hash('a')\n", "f", [[]])
    assert bench.run(job).outputs == bench.run(job).outputs or (
        bench.run(job).outputs[0].value == bench.run(job).outputs[0].value
    )


def test_a_result_too_large_to_send_is_an_error_of_that_case(bench: Bench) -> None:
    limits = Limits(result_bytes=10_000)
    done = bench.run(CallJob("def f(n):\n    return 'x' * n\n", "f", [[9], [20_000], [9]], limits))
    assert [o.status for o in done.outputs] == ["passed", "error", "passed"]


def test_opaque_values_never_run_code_here(bench: Bench) -> None:
    source = (
        "class I(int):\n    def __eq__(self, o):\n        return True\n"
        "    __hash__ = int.__hash__\n"
        "    def __reduce__(self):\n        return eval, ('1/0',)\n"
        "def f():\n    return I(0)\n"
    )
    value = bench.run(CallJob(source, "f", [[]])).outputs[0].value
    assert isinstance(value, Opaque)
