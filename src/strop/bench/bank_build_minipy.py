"""One problem of `minipy` for the sample bank: programs, generated tests, and who passes which."""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from strop.bench.bank_draws import BankPlan, Speaks, draw, draw_columns
from strop.bench.bank_file import Array, Column
from strop.bench.lab_verdicts import minipy_verdicts
from strop.checks.execute import canonical_text
from strop.core.errors import BadInput
from strop.lab import minipy
from strop.lab.minipy.texts import parse_tests, tester_prompt, verdict_prompt, writer_prompt
from strop.sandbox.equality import equal
from strop.sandbox.jobs import CallJob, Inputs, Limits, Output
from strop.sandbox.pool import Pool

__all__ = ["minipy_part"]

Test = tuple[tuple[Any, ...], Any]

_LIMITS = Limits(cpu_seconds=0.3, wall_seconds=10.0, memory_mb=512)
_MOST_HANGS = 2
_READ = 16
_NOT_RUN = Output("timeout", message="not run")


async def minipy_part(
    problem: minipy.Problem, speakers: Mapping[str, Speaks], pool: Pool, plan: BankPlan
) -> dict[str, Column]:
    """Its columns; `speakers` has `minipy` and `minipy-judge`. Programs are told apart by what they
    do on the hidden cases; a test is `valid` where its arguments are of the kind of the problem's
    own and the reference takes them."""
    speaker = speakers["minipy"]
    asked = writer_prompt(problem.description, problem.visible)
    drawn = draw(speaker, asked, plan, problem.id, "writer", plan.samples)
    part: dict[str, Column] = {
        "id": [problem.id],
        "difficulty": np.array([problem.difficulty], np.int8),
        **draw_columns(drawn),
    }
    programs = [str(text) for text in part["text"]]
    verdicts = await minipy_verdicts(problem, programs, pool)
    part["visible"] = np.array([verdict.visible for verdict in verdicts], np.bool_)
    part["hidden"] = np.array([verdict.hidden for verdict in verdicts], np.bool_)
    part["judge"] = _judged(problem, programs, speakers["minipy-judge"])
    asked = tester_prompt(problem.description, problem.visible)
    replies = draw(speaker, asked, plan, problem.id, "tester", plan.testers)
    return part | await _tested(problem, programs, [reply.text for reply in replies], pool)


def _judged(problem: minipy.Problem, programs: Sequence[str], speaker: Speaks) -> Array:
    scores = np.full(len(programs), np.nan, np.float16)
    lengths: dict[int, int] = {}
    prompts = [verdict_prompt(problem.description, text, problem.visible) for text in programs]
    for i, prompt in enumerate(prompts):
        try:
            lengths[i] = len(speaker.ids(prompt))
        except BadInput:
            continue
    order = sorted(lengths, key=lengths.__getitem__)
    for begin in range(0, len(order), _READ):
        some = order[begin : begin + _READ]
        scores[some] = speaker.chances([prompts[i] for i in some], ["right", "wrong"])[:, 0]
    return scores


async def _tested(
    problem: minipy.Problem, programs: Sequence[str], replies: Sequence[str], pool: Pool
) -> dict[str, Column]:
    texts = sorted(set(replies))
    found: dict[tuple[str, str], Test] = {}
    told: list[list[tuple[str, str]]] = []
    for text in texts:
        named = [((repr(args), repr(value)), (args, value)) for args, value in parse_tests(text)]
        found |= named
        told.append([name for name, _ in named])
    names = sorted(found)
    tests = [found[name] for name in names]
    at = {name: i for i, name in enumerate(names)}
    sent = [i for i, (args, _) in enumerate(tests) if _sendable(args)]
    said = await _outputs(problem.code, [tests[i][0] for i in sent], pool)
    # A test on which the reference hangs would hang most programs too: it is run by none.
    sent, said = _steady(sent, said)
    own = [_kind(args) for args, _ in (*problem.visible, *problem.hidden)]
    valid = np.zeros(len(tests), np.bool_)
    right = np.zeros(len(tests), np.bool_)
    for i, output in zip(sent, said, strict=True):
        args, expected = tests[i]
        valid[i] = output.status == "passed" and any(_alike(_kind(args), kind) for kind in own)
        right[i] = valid[i] and equal(output.value, expected)
    hidden = [args for args, _ in problem.hidden]
    passes = np.zeros((len(programs), len(tests)), np.bool_)
    behaviours: dict[tuple[str, ...], int] = {}
    groups: list[int] = []
    for row, program in enumerate(programs):
        outputs = await _outputs(program, [*hidden, *(tests[i][0] for i in sent)], pool)
        does = tuple(map(_did, outputs[: len(hidden)]))
        groups.append(behaviours.setdefault(does, len(behaviours)))
        for i, output in zip(sent, outputs[len(hidden) :], strict=True):
            passes[row, i] = output.status == "passed" and equal(output.value, tests[i][1])
    return {
        "behaviour": np.array(groups, np.int16),
        "tester.text": texts,
        "tester.tests": np.array([len(each) for each in told], np.int16),
        "tester.test": np.array([at[name] for each in told for name in each], np.int16),
        "tester.sample": np.array([texts.index(reply) for reply in replies], np.int16),
        "test.args": [args for args, _ in names],
        "test.expected": [value for _, value in names],
        "test.valid": valid,
        "test.right": right,
        "passes": np.packbits(passes),
    }


async def _outputs(program: str, inputs: Sequence[tuple[Any, ...]], pool: Pool) -> list[Output]:
    """One output an input; after the second hang the rest is not run."""
    done: list[Output] = []
    for _ in range(_MOST_HANGS):
        rest = inputs[len(done) :]
        if not rest:
            break
        execution = await pool.run(CallJob(program, "f", rest, _LIMITS))
        outputs = list(execution.outputs)[: len(rest)]
        if not outputs:
            done += [Output(execution.status, exception=execution.exception)] * len(rest)
            break
        hung = next((i for i, o in enumerate(outputs) if o.status == "timeout"), len(outputs))
        done += outputs[: hung + 1]
    return done + [_NOT_RUN] * (len(inputs) - len(done))


def _steady(sent: Sequence[int], said: Sequence[Output]) -> tuple[list[int], list[Output]]:
    kept = [(i, o) for i, o in zip(sent, said, strict=True) if o.status in ("passed", "error")]
    return [i for i, _ in kept], [output for _, output in kept]


def _did(output: Output) -> str:
    if output.status != "passed":
        return f"{output.status} {output.exception or ''}"
    return canonical_text(output.value)


def _sendable(args: tuple[Any, ...]) -> bool:
    try:
        Inputs.of([args])
    except BadInput:
        return False
    return True


def _kind(value: Any) -> Any:
    """Types all the way down: (type, kinds of the parts)."""
    parts: Any = ()
    if isinstance(value, tuple):
        return (tuple, [_kind(item) for item in value])
    if isinstance(value, dict):
        parts = [(_kind(key), _kind(item)) for key, item in value.items()]
    elif isinstance(value, list | set):
        parts = [_kind(item) for item in value]
    return (type(value), parts)


def _alike(kind: Any, own: Any) -> bool:
    """Whether a value of `kind` could stand where one of `own` does; empty ones tell nothing."""
    if kind[0] is not own[0]:
        return False
    if kind[0] is tuple:
        pairs = zip(kind[1], own[1], strict=False)
        return len(kind[1]) == len(own[1]) and all(_alike(a, b) for a, b in pairs)
    if not kind[1] or not own[1]:
        return True
    if kind[0] is dict:
        return all(
            _alike(key, own[1][0][0]) and _alike(item, own[1][0][1]) for key, item in kind[1]
        )
    return all(_alike(item, own[1][0]) for item in kind[1])
