"""The pool: jobs in, executions out, over a few warm zygotes per interpreter state."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import PurePosixPath
from typing import Any, Literal

from strop.core.errors import BadInput, ToolUnavailable
from strop.sandbox import reply
from strop.sandbox.jobs import (
    CallJob,
    CommandJob,
    Execution,
    Inputs,
    Job,
    Layer,
    Limits,
    Output,
    ProgramJob,
    ScriptJob,
    SuiteJob,
    TrialsJob,
)
from strop.sandbox.suite_reply import read_suite
from strop.sandbox.trials_reply import plan_of, read_trials
from strop.sandbox.worker import Lost, Worker

__all__ = ["Pool"]

Isolation = Literal["auto", "strict"]
_MOST_WORKERS = 4
_LIMITS = tuple(field.name for field in fields(Limits))


class _State:
    """The workers that have the same modules loaded: how many were started, which are free."""

    def __init__(self, preload: tuple[str, ...]) -> None:
        # The state to use instead, where this interpreter lacks some of the modules.
        self.instead = preload
        self.started = 0
        self.free: list[Worker] = []
        self.waiting: deque[asyncio.Future[None]] = deque()


class Pool:
    """Runs untrusted programs. `run` may be called by any number of tasks of one event loop.

    `python` is the interpreter that candidates run in (this one by default); `isolation` is `auto`
    (every layer that the machine allows) or `strict` (all of them, or ToolUnavailable); `workers`
    is how many jobs run at once, at most (by default the number of CPUs, up to 4); `readable` are
    folders that suites and commands may read; `without` leaves layers out, for diagnosis.
    """

    def __init__(
        self,
        python: str | None = None,
        isolation: Isolation = "auto",
        workers: int | None = None,
        readable: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> None:
        self.python = python
        self.isolation = isolation
        self.workers = workers
        self.readable = readable
        self.without = without
        self._states: dict[tuple[str, ...], _State] = {}
        self._all: set[Worker] = set()

    async def __aenter__(self) -> Pool:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every zygote and all below them. Jobs that run or wait are reported as crashed; the
        pool can be used again afterwards."""
        states, workers = list(self._states.values()), list(self._all)
        self._states.clear()
        self._all.clear()
        for state in states:
            _turn_away(state)
        for worker in workers:
            worker.kill()
        # One that is in use is closed by the task that uses it.
        for state in states:
            for worker in state.free:
                worker.close()

    async def layers(self) -> tuple[Layer, ...]:
        """Which isolation this machine allows, and why not where it does not.

        Raises ToolUnavailable if the interpreter cannot serve at all.
        """
        try:
            worker = await self._acquire(())
        except Lost as error:
            raise ToolUnavailable(f"the sandbox cannot be asked: {error}") from error
        self._release((), worker)
        return worker.layers

    async def run(self, job: Job) -> Execution:
        """Run one job to its end. When cancelled, all of the job's processes are killed.

        A job whose zygote dies is reported as crashed. Raises BadInput for a job that cannot be
        sent, ToolUnavailable if the interpreter or, under `strict`, a layer is missing.
        """
        if isinstance(job, CallJob):
            return await self._call(job)
        if isinstance(job, TrialsJob):
            return await self._trials(job)
        if isinstance(job, ProgramJob):
            return await self._program(job)
        if isinstance(job, ScriptJob):
            return await self._script(job)
        if isinstance(job, SuiteJob):
            return await self._suite(job)
        if isinstance(job, CommandJob):
            return await self._command(job)
        raise BadInput(f"no such job: {type(job).__name__}")

    async def _call(self, job: CallJob) -> Execution:
        inputs = job.inputs if isinstance(job.inputs, Inputs) else Inputs.of(job.inputs)
        header = {"kind": "call", "entry": job.entry, "after": job.after}
        parts = [_text(job.source), inputs.text.encode()]
        answer = await self._exchange(_wanted(job.source), job.limits, header, parts)
        if isinstance(answer, str):
            lost = Output("crashed", message=answer)
            return Execution("crashed", (lost,) * inputs.count, message=answer)
        told, results, layers = answer
        return _with_overhead(
            reply.read_call(told, results, inputs.count, job.limits, layers), told
        )

    async def _program(self, job: ProgramJob) -> Execution:
        parts = [_text(job.source), _text(job.stdin)]
        preload = _wanted(job.source)
        answer = await self._exchange(preload, job.limits, {"kind": "program"}, parts)
        if isinstance(answer, str):
            return Execution("crashed", message=answer)
        told, results, layers = answer
        return _with_overhead(reply.read_program(told, results, job.limits, layers), told)

    async def _script(self, job: ScriptJob) -> Execution:
        header = {"kind": "script", "entry": job.entry, "module": job.module}
        parts = [_text(job.source), _text(job.test_source)]
        preload = _wanted(job.source + job.test_source)
        answer = await self._exchange(preload, job.limits, header, parts)
        if isinstance(answer, str):
            return Execution("crashed", message=answer)
        told, results, layers = answer
        return _with_overhead(reply.read_script(told, results, job.limits, layers), told)

    async def _suite(self, job: SuiteJob) -> Execution:
        nonce = secrets.token_hex(16)
        header = {
            "kind": "suite",
            "arguments": [*job.arguments, *job.targets],
            "nonce": nonce,
            "split": job.module if job.split else "",
            "plugins": job.plugins,
            "project": job.project,
            "paths": list(job.paths),
        }
        parts = [_files(job.files), _text(job.source)]
        preload = ("pytest", *_wanted(job.source + "".join(job.files.values())))
        answer = await self._exchange(preload, job.limits, header, parts, "pytest")
        if isinstance(answer, str):
            return Execution("crashed", message=answer)
        told, results, layers = answer
        skips = None if job.allowed_skips is None else frozenset(job.allowed_skips)
        return _with_overhead(read_suite(told, results, nonce, skips, job.limits, layers), told)

    async def _trials(self, job: TrialsJob) -> Execution:
        nonce = secrets.token_hex(16)
        header = {"kind": "trials", "nonce": nonce, "project": job.project}
        parts = [_files(job.files), json.dumps(plan_of(job)).encode()]
        preload = ("pytest", *_wanted("".join(job.files.values())))
        answer = await self._exchange(preload, job.limits, header, parts, "pytest")
        if isinstance(answer, str):
            return Execution("crashed", message=answer)
        told, results, layers = answer
        return _with_overhead(read_trials(told, results, nonce, job, layers), told)

    async def _command(self, job: CommandJob) -> Execution:
        command = job.command if isinstance(job.command, str) else list(job.command)
        if not command:
            raise BadInput("CommandJob.command must name a program. Got nothing instead.")
        parts = [_files(job.files), _text(job.stdin)]
        header = {"kind": "command", "command": command}
        answer = await self._exchange((), job.limits, header, parts)
        if isinstance(answer, str):
            return Execution("crashed", message=answer)
        told, results, layers = answer
        return _with_overhead(reply.read_command(told, results, job.limits, layers), told)

    async def _exchange(
        self,
        preload: tuple[str, ...],
        limits: Limits,
        header: dict[str, Any],
        parts: Sequence[bytes],
        needed: str = "",
    ) -> tuple[dict[str, Any], list[bytes], tuple[str, ...]] | str:
        """The reply and the layers it ran under, or why there is none."""
        if preload in self._states:
            preload = self._states[preload].instead
        try:
            worker = await self._acquire(preload)
        except Lost as error:
            return str(error)
        try:
            if needed and needed not in worker.preloaded:
                raise ToolUnavailable(
                    f"{needed} is not installed for {self._interpreter()}; "
                    f"run {self._interpreter()} -m pip install {needed}"
                )
            told, results = await worker.exchange({**header, "limits": _row(limits)}, parts)
            return told, results, worker.active
        except Lost as error:
            worker.kill()
            return f"the sandbox process died: {error}"
        finally:
            self._release(preload, worker)

    def _interpreter(self) -> str:
        return self.python or sys.executable

    async def _acquire(self, preload: tuple[str, ...]) -> Worker:
        state = self._states.setdefault(preload, _State(preload))
        limit = self.workers or min(os.cpu_count() or 1, _MOST_WORKERS)
        while True:
            if state.free:
                return state.free.pop()
            if state.started < limit:
                break
            turn = asyncio.get_running_loop().create_future()
            state.waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn in state.waiting:
                    state.waiting.remove(turn)
                else:
                    _wake(state)
                raise
        state.started += 1
        worker = Worker(self._interpreter(), preload, self.readable, self.without)
        self._all.add(worker)
        try:
            await worker.start()
            self._demand(worker)
        except BaseException:
            state.started -= 1
            self._all.discard(worker)
            worker.close()
            _wake(state)
            raise
        state.instead = worker.preloaded
        return worker

    def _demand(self, worker: Worker) -> None:
        missing = [f"{layer.name} ({layer.reason})" for layer in worker.layers if not layer.active]
        if self.isolation == "strict" and missing:
            raise ToolUnavailable(
                f"--isolation strict needs {', '.join(missing)}; use --isolation auto"
            )

    def _release(self, preload: tuple[str, ...], worker: Worker) -> None:
        state = self._states.get(preload)
        if state is None or worker not in self._all:
            worker.close()
            return
        if worker.running:
            state.free.append(worker)
        else:
            worker.close()
            self._all.discard(worker)
            state.started -= 1
        _wake(state)


def _wake(state: _State) -> None:
    while state.waiting:
        turn = state.waiting.popleft()
        if not turn.done():
            turn.set_result(None)
            return


def _turn_away(state: _State) -> None:
    while state.waiting:
        turn = state.waiting.popleft()
        if not turn.done():
            turn.set_exception(Lost("the pool was closed"))


def _with_overhead(execution: Execution, told: dict[str, Any]) -> Execution:
    return replace(execution, overhead_seconds=told["own"])


def _wanted(source: str) -> tuple[str, ...]:
    return ("numpy",) if "numpy" in source else ()


def _row(limits: Limits) -> dict[str, float]:
    return {name: getattr(limits, name) for name in _LIMITS}


def _files(files: Mapping[str, str]) -> bytes:
    for path in files:
        parts = PurePosixPath(path).parts
        if not parts or parts[0] == "/" or ".." in parts or "\0" in path:
            raise BadInput(
                f"a file's path must be relative and without '..'. Got {path!r} instead."
            )
    return json.dumps(dict(files)).encode()


def _text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
