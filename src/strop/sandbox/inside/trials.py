"""Trials harness: one collected pytest suite, many small changes of the code under test.

Each trial is a fork of the collected suite with the change swapped in; one whose change cannot be
swapped is a fork from before the collection. A trial runs tests in a given order, or calls
functions, and its parent ends it when one test or call takes too long.
"""

from __future__ import annotations

import gc
import inspect
import json
import mmap
import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any

from . import call, fault, nursery, spawn, wire
from .channel import Channel
from .keep import Kept
from .spectrum import Spectrum
from .swap import CannotSwap, Swapper

_dumps = json.JSONEncoder().encode
_MESSAGE = 600
_PULSE = struct.Struct("<qdddq")
_AFTER_A_HANG, _TIMES = 0.05, 20.0
_LOADING = 0.01

Trial = Mapping[str, Any]


class Pulse:
    """What a trial is at, in memory shared with its parent: step, and when that began."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _PULSE.size)
        self.reset()

    def reset(self) -> None:
        self._put(-1, 0.0, self.slowest())

    def _put(self, step: int, cpu: float, slowest: float, ended: int = 0) -> None:
        _PULSE.pack_into(self._memory, 0, step, cpu, time.monotonic(), slowest, ended)

    def end(self) -> None:
        """The trial came to its end by itself; a process that exits without this was cut short."""
        step, cpu, _, slowest, _ = _PULSE.unpack_from(self._memory, 0)
        self._put(step, cpu, slowest, 1)

    def returned(self) -> bool:
        return bool(_PULSE.unpack_from(self._memory, 0)[4])

    def beat(self, step: int) -> None:
        """A step begins, and the one before it has ended."""
        now = time.process_time()
        before, cpu, _, slowest, _ = _PULSE.unpack_from(self._memory, 0)
        self._put(step, now, max(slowest, now - cpu) if before >= 0 else slowest)

    def read(self) -> tuple[int, float, float]:
        """The step, and process CPU time and wall time at its beginning."""
        return _PULSE.unpack_from(self._memory, 0)[:3]

    def slowest(self) -> float:
        """CPU seconds of the slowest step that ended."""
        return _PULSE.unpack_from(self._memory, 0)[3]


class Bench:
    """What all trials of a job share: the channel, the texts of the files, the limits."""

    def __init__(
        self,
        channel: Channel,
        nonce: str,
        scratch: str,
        texts: Mapping[str, str],
        plan: Any,
        project: str,
        files: Mapping[str, str],
    ) -> None:
        self.channel = channel
        self.nonce = nonce
        self.scratch = scratch
        self.texts = texts
        self._project = project
        self._files = files
        self.trials: list[Trial] = plan["trials"]
        self.load_limit: tuple[float, float] = tuple(plan["load"])
        self._longest: tuple[float, float] = tuple(plan["step"])
        self._limit = self._longest
        self.hung: set[int] = set()
        self.pulse = Pulse()
        self.cold = mmap.mmap(-1, max(1, len(self.trials)))
        self.swappers: dict[str, Swapper] = {}

    def tell(self, kind: str, *what: Any) -> None:
        text = _dumps({"nonce": self.nonce, kind: what})
        if self.channel.fits(text):
            self.channel.write(text)

    def changed(self, trial: Trial) -> dict[str, str]:
        """The new texts of the files that the trial changes."""
        texts: dict[str, str] = {}
        for file, start, end, new in sorted(trial["edits"], reverse=True):
            text = texts.get(file, self.texts[file])
            texts[file] = text[:start] + new + text[end:]
        return texts

    def keep(self) -> Kept:
        """The folder as it is now, to be put back."""
        return Kept(self.scratch, self._project, self._files)

    def path(self, file: str) -> str:
        return os.path.join(self.scratch, file)

    def write(self, texts: Mapping[str, str]) -> None:
        for file, text in texts.items():
            with open(self.path(file), "w", encoding="utf-8", newline="") as out:
                out.write(text)

    def attempt(self, number: int, body: Callable[[int], None]) -> None:
        """Run `body(first step)` in forked children until the trial is through; one that takes too
        long over a step is ended, and the next goes on after that step where the trial says so.
        Where tests have no limits of their own, one that hung leaves the later ones less time."""
        trial, first, spent = self.trials[number], 0, 0.0
        limit = self._longest if trial["record"] else self._limit
        hangs = 0
        steps = trial["items"] if trial["items"] is not None else trial["calls"]
        while True:
            self.pulse.reset()
            pid = os.fork()
            if not pid:
                _live(partial(body, first), self.pulse)
            child = spawn.Child(pid)
            why = self._watch(child, steps, limit)
            step, _, _ = self.pulse.read()
            end = child.end(why, 0.0)
            spent += end.cpu
            self.channel.resume()
            ending = why or (f"signal {end.signal}" if end.signal else "")
            if not ending and not self.pulse.returned():
                ending = f"exit code {end.code}"
            if ending:
                self.tell("lost", number, step, ending)
            if not ending or step < 0 or trial["stop"]:
                break
            first = step + 1
            if steps is None and not trial["edits"]:
                self.hung.add(step)
            shorter = min(limit[0], _AFTER_A_HANG + _TIMES * self.pulse.slowest())
            limit = self._limit = (shorter, limit[1] * shorter / limit[0])
            hangs += 1
            if (steps and first >= len(steps)) or hangs >= trial["hangs"]:
                break
        self.tell("trial", number, spent)

    def _watch(
        self, child: spawn.Child, steps: Sequence[Any] | None, limit: tuple[float, float]
    ) -> str:
        """Wait for the child to end; why it has to be ended, if it has."""
        import select

        poller = select.poll()
        poller.register(child.fd, select.POLLIN)
        pause = 0.0
        while not poller.poll(pause * 1000):
            step, cpu, wall = self.pulse.read()
            known = steps and 0 <= step < len(steps)
            cpu_limit, wall_limit = self.load_limit if step < 0 else limit
            if steps and known:
                cpu_limit, wall_limit = steps[step][-2:]
            cpu_left = cpu_limit - (child.cpu() - cpu)
            wall_left = wall_limit - (time.monotonic() - wall)
            if cpu_left <= 0:
                return "cpu"
            if wall_left <= 0:
                return "wall"
            pause = max(0.001, min(cpu_left, wall_left, 60.0 if known else _LOADING))
        return ""


def _live(body: Callable[[], None], pulse: Pulse | None = None) -> None:
    code = 1
    try:
        body()
        code = 0
        if pulse is not None:
            pulse.end()
    finally:
        # Fixtures and interpreter need no tidying up: the process is the trial's own.
        os._exit(code)


class Tests:
    """A pytest plugin: runs items in the order asked for, and reports each."""

    def __init__(self, bench: Bench) -> None:
        import pytest

        self._bench = bench
        self._result = ""
        self._message = ""
        self._spectrum: Spectrum | None = None
        self._report, self._skip = pytest.TestReport, pytest.skip.Exception
        self._direct: dict[str, Callable[[], object] | None] = {}

    def record(self) -> None:
        """From here on, reports of instrumented code are kept."""
        self._spectrum = Spectrum()

    def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
        """As pytest's own, but for the report's text, which takes longer than most tests."""
        outcome, text = "passed", None
        if call.excinfo is not None:
            error = call.excinfo.value
            outcome, text = "failed", f"{type(error).__name__}: {fault.message(error)}"
            if isinstance(error, self._skip):
                outcome, text = "skipped", (str(item.path), item.location[1], text)
        return self._report(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome=outcome,
            longrepr=text,
            when=call.when,
            duration=call.duration,
        )

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.outcome == "failed" and not self._result:
            self._result = "failed" if report.when == "call" else "error"
            self._message = str(report.longrepr)[:_MESSAGE]
        elif report.outcome == "skipped" and not self._result:
            self._result = "xfailed" if hasattr(report, "wasxfail") else "skipped"
        elif report.when == "call" and hasattr(report, "wasxfail"):
            self._result = "xpassed"

    def look_at(self, items: Mapping[str, Any]) -> None:
        """Find, before any fork, the items that need nothing of pytest to be run."""
        self._direct = {name: _direct(item) for name, item in items.items()}

    def run(self, number: int, items: Mapping[str, Any], first: int) -> None:
        """Run the trial's items from `first` on; stops at the first failure where it says so."""
        trial, bench = self._bench.trials[number], self._bench
        wanted = [row[0] for row in trial["items"]] if trial["items"] is not None else list(items)
        for step in range(first, len(wanted)):
            name = wanted[step]
            if trial["items"] is None and step in bench.hung and not trial["edits"]:
                continue
            bench.pulse.beat(step)
            if name not in items:
                bench.tell("item", number, name, "error", "the test is gone", 0.0, None)
                if trial["stop"]:
                    return
                continue
            item = items[name]
            after = items.get(wanted[step + 1]) if step + 1 < len(wanted) else None
            self._result = self._message = ""
            if self._spectrum is not None:
                self._spectrum.begin()
            direct = self._direct.get(name) if trial["stop"] and not trial["careful"] else None
            cpu, wall = time.process_time(), time.monotonic()
            if direct is not None:
                self._call(direct)
            else:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            cpu, wall = time.process_time() - cpu, time.monotonic() - wall
            found = self._spectrum.found() if self._spectrum is not None else None
            result = self._result or "passed"
            bench.tell("item", number, name, result, self._message, cpu, found, wall)
            if trial["stop"] and result in ("failed", "error"):
                return

    def _call(self, test: Callable[[], object]) -> None:
        try:
            test()
        except self._skip:
            self._result = "skipped"
        except BaseException as error:
            self._result, self._message = (
                "failed",
                f"{type(error).__name__}: {fault.message(error)}",
            )


def _direct(item: Any) -> Callable[[], object] | None:
    """The test as a bare call, if that is all there is to it: a plain function with parameters and
    no fixture, mark or warning filter. Running it through pytest takes longer than a fork."""
    import pytest

    if type(item) is not pytest.Function or item.config.getini("filterwarnings"):
        return None
    if any(mark.name != "parametrize" for mark in item.iter_markers()):
        return None
    given = item.callspec.params if hasattr(item, "callspec") else {}
    if set(item.fixturenames) - set(given) or inspect.iscoroutinefunction(item.obj):
        return None
    if given and item.callspec.indices and any(_indirect(m) for m in item.iter_markers()):
        return None
    return partial(item.obj, **given)


def _indirect(mark: Any) -> bool:
    return bool(mark.kwargs.get("indirect")) or len(mark.args) > 2


def _calls(bench: Bench, number: int, first: int) -> None:
    """Call functions of the loaded modules on data, as the function harness does."""
    calls = bench.trials[number]["calls"]
    for step in range(first, len(calls)):
        file, entry, arguments = calls[step][:3]
        bench.pulse.beat(step)
        cpu = time.process_time()
        try:
            module = next(m for m in list(sys.modules.values()) if _is(m, bench.path(file)))
            args = wire.decode(arguments, live=True)
            value = call.finish(call.find(module, entry)(*args))
            told: Any = ["passed", wire.encode(value), ""]
        except StopIteration:
            told = ["error", None, f"{file} was not imported"]
        except BaseException as error:
            told = [fault.status(error), None, type(error).__name__]
        bench.tell("call", number, step, *told, time.process_time() - cpu)


def _is(module: Any, path: str) -> bool:
    file = getattr(module, "__file__", None) if isinstance(module, ModuleType) else None
    return type(file) is str and os.path.abspath(file) == path


class Warm:
    """A pytest plugin: once the suite is collected, every trial is a fork of this process."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._tests = Tests(bench)

    def pytest_runtestloop(self, session: Any) -> bool:
        bench = self._bench
        items = {item.nodeid: item for item in session.items}
        bench.tell("collected", list(items))
        if session.testsfailed:
            return True
        for file, text in bench.texts.items():
            bench.swappers[file] = Swapper(bench.path(file), text)
        self._tests.look_at(items)
        session.config.pluginmanager.register(self._tests)
        gc.collect()
        gc.freeze()
        kept = bench.keep()
        for number, trial in enumerate(bench.trials):
            if trial["cold"]:
                bench.cold[number] = 1
                continue
            texts = bench.changed(trial)
            bench.attempt(number, partial(self._try, number, texts, items))
            kept.restore()
            bench.write({file: bench.texts[file] for file in texts})
        return True

    def _try(
        self,
        number: int,
        texts: Mapping[str, str],
        items: Mapping[str, Any],
        first: int,
    ) -> None:
        bench = self._bench
        try:
            for file, text in texts.items():
                bench.swappers[file].swap(text)
        except CannotSwap:
            bench.cold[number] = 1
            return
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            bench.tell("item", number, "", "error", f"{type(error).__name__}: {error}", 0.0, None)
            return
        bench.write(texts)
        if bench.trials[number]["calls"] is not None:
            _calls(bench, number, first)
        else:
            self._tests.run(number, items, first)

    def pytest_collectreport(self, report: Any) -> None:
        _collect_report(self._bench, -1, report)


class Fresh:
    """A pytest plugin: this process collects and runs one trial from a fresh import."""

    def __init__(self, bench: Bench, number: int, first: int) -> None:
        self._bench = bench
        self._number = number
        self._first = first
        self._failed = False
        self._tests = Tests(bench)
        if bench.trials[number]["record"]:
            self._tests.record()

    def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
        return self._tests.pytest_runtest_makereport(item, call)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self._tests.pytest_runtest_logreport(report)

    def pytest_collectreport(self, report: Any) -> None:
        self._failed = _collect_report(self._bench, self._number, report) or self._failed

    def pytest_runtestloop(self, session: Any) -> bool:
        items = {item.nodeid: item for item in session.items}
        if self._number == 0 and not self._first:
            self._bench.tell("collected", list(items))
        if self._failed:
            return True
        if self._bench.trials[self._number]["calls"] is not None:
            _calls(self._bench, self._number, self._first)
        else:
            self._tests.run(self._number, items, self._first)
        return True


def _collect_report(bench: Bench, number: int, report: Any) -> bool:
    if report.outcome != "failed":
        return False
    bench.tell("refused", number, report.nodeid, report.longreprtext[-4000:])
    return True


def run(
    channel: Channel,
    files: Mapping[str, str],
    plan: Mapping[str, Any],
    nonce: str,
    scratch: str,
    project: str,
) -> int:
    """The whole job: warm trials first, then those that need a fresh import, each in its turn."""
    nursery.furnish(scratch, files, project)
    if not plan["plugins"]:
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # A compiled file that a test's own process leaves would outlive the change it was made from.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    nursery.import_from(scratch, plan["paths"])
    tempfile.tempdir = None
    texts = {file: _read(os.path.join(scratch, file)) for file in plan["files"]}
    bench = Bench(channel, nonce, scratch, texts, plan, project, files)
    kept = bench.keep()
    import pytest

    fixed = ["-p", "no:cacheprovider", "--rootdir", scratch, "--color=no"]
    arguments = [*fixed, *nursery.plain(plan["plugins"]), *plan["arguments"]]
    if all(trial["cold"] for trial in bench.trials):
        bench.cold[:] = b"\1" * len(bench.cold)
    else:
        pid = os.fork()
        if not pid:
            _live(partial(_main, pytest, arguments, Warm(bench)))
        os.waitpid(pid, 0)
        channel.resume()
    for number, trial in enumerate(bench.trials):
        if bench.cold[number]:
            changed = bench.changed(trial)
            bench.write(changed)
            bench.attempt(number, partial(_fresh, pytest, arguments, bench, number))
            kept.restore()
            bench.write({file: texts[file] for file in changed})
    bench.tell("finish")
    return 0


def _fresh(pytest: Any, arguments: Sequence[str], bench: Bench, number: int, first: int) -> None:
    _main(pytest, arguments, Fresh(bench, number, first))


def _main(pytest: Any, arguments: Sequence[str], plugin: object) -> None:
    pytest.main(list(arguments), plugins=[plugin])
    sys.stdout.flush()


def _read(path: str) -> str:
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()
