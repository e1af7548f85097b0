"""Runs one Hypothesis property; its text is sent to the tests' process, with a plan as JSON.

There `candidate` and the candidate's own names are stand-ins for what lives in another process.
What came of the property leaves as an exception's message, which carries 500 characters at most.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import linecache
import signal
import sys
import time
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

# As the tests' process has prepared it, for the property's source to run in.
_space = dict(globals())
_FILE = "properties.py"
_MOST = 490
_MODULES = ("collections", "decimal", "fractions", "math")


class StropReport(Exception):
    """What came of the property, as JSON."""


class _Ended(BaseException):
    """The candidate's process is gone, or the time is up: not for Hypothesis to look into."""


class _Seen:
    """The input that the property has now, and what the candidate returned last."""

    def __init__(self) -> None:
        self.input = ""
        self.got: list[Any] = []
        self.since = 0.0
        self.tried = 0
        self.invalid = 0
        self.failed = False


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except BaseException as error:  # noqa: BLE001 - it is told
        return f"<{type(value).__name__}, its repr raised {type(error).__name__}>"


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = max(1, (most - 5) // 2)
    return f"{text[:half]} ... {text[-half:]}"


class _Property:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.seen = _Seen()

    def tell(self, kind: str, error: BaseException | None = None, **more: Any) -> None:
        """Raise the report. Raises StropReport."""
        seen = self.seen
        told = {
            "nonce": self.plan["nonce"],
            "kind": kind,
            "tried": seen.tried,
            "invalid": seen.invalid,
            **more,
        }
        texts = {"input": seen.input, "got": "".join(map(_shown, seen.got))}
        if error is not None:
            first: BaseException = getattr(error, "exceptions", [error])[0]
            told["line"] = _line(first)
            told["type"] = type(first).__name__[:60]
            told["status"] = getattr(first, "__dict__", {}).get("_told", {}).get("status")
            texts["message"] = _message(first)
        for most in (160, 120, 80, 40, 10):
            told.update({name: _cut(text, most) for name, text in texts.items()})
            text = json.dumps(told, ensure_ascii=False)
            if len(text) <= _MOST:
                break
        raise StropReport(text)

    def run(self) -> None:
        """The property to its end. Raises StropReport, whatever comes of it."""
        sys.modules.setdefault("__main__", ModuleType("__main__"))
        try:
            import hypothesis
            import hypothesis.errors
        except ImportError:
            self.tell("missing")
        settings = hypothesis.settings
        settings.register_profile(
            "strop",
            max_examples=self.plan["examples"],
            derandomize=True,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            # All but the phase that explains a failure, which takes longer than finding it.
            phases=[phase for phase in hypothesis.Phase if phase.name != "explain"],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        settings.load_profile("strop")
        try:
            test = self._test(hypothesis)
        except BaseException as error:  # noqa: BLE001 - it is told
            self.tell("broken", error)
        self._alarm()
        self._try(test, hypothesis.errors)

    def _try(self, test: Callable[[], object], errors: Any) -> None:
        try:
            with _Counted(self.seen):
                test()
        except (errors.Unsatisfiable, errors.UnsatisfiedAssumption):
            self.tell("unsatisfied")
        except errors.Flaky as error:
            self.tell("flaky", error)
        except _Ended as error:
            took = time.monotonic() - self.seen.since if self.seen.tried else 0.0
            self.tell("late" if error.args else "gone", took=round(took, 3))
        except errors.DeadlineExceeded as error:
            self.tell("failed", error)
        except errors.HypothesisException as error:
            self.tell("broken", error)
        except BaseException as error:  # noqa: BLE001 - it is told
            self.tell("failed", error)
        self.tell("passed")

    def _alarm(self) -> None:
        """Say what the property is at when the time is up; from then on the link is useless."""
        if self.plan["seconds"]:

            def late(number: int, frame: Any) -> None:
                raise _Ended("late")

            signal.signal(signal.SIGALRM, late)
            signal.setitimer(signal.ITIMER_REAL, self.plan["seconds"])

    def _test(self, hypothesis: Any) -> Callable[[], object]:
        """The property as a test without parameters."""
        source, given = self.plan["source"], hypothesis.given
        linecache.cache[_FILE] = (len(source), None, source.splitlines(True), _FILE)
        for name in ("candidate", self.plan["entry"]):
            _space[name] = self._watched(_space[name])
        _space["__file__"] = _FILE
        exec(compile(source, _FILE, "exec"), _space)
        test = _space[self.plan["name"]]
        targets = {
            name: _space["candidate"]
            for name in inspect.signature(test).parameters
            if name in self.plan["targets"]
        }
        if hasattr(test, "hypothesis"):
            handle = test.hypothesis
            handle.inner_test = self._recorded(handle.inner_test)
            return functools.partial(test, **targets)
        texts = self.plan["inputs"]
        if not texts:
            return self._recorded(functools.partial(test, **targets))
        words = {name: importlib.import_module(name) for name in _MODULES}
        words["st"] = hypothesis.strategies
        drawn = {name: eval(text, words) for name, text in texts.items()}

        def property_(**values: Any) -> Any:
            return test(**targets, **values)

        property_.__name__ = property_.__qualname__ = self.plan["name"]
        kind = inspect.Parameter.KEYWORD_ONLY
        shape = inspect.Signature([inspect.Parameter(name, kind) for name in drawn])
        property_.__signature__ = shape  # type: ignore[attr-defined]
        return given(**drawn)(self._recorded(property_))

    def _watched(self, target: Any) -> Any:
        """The candidate's function, which leaves what it returned last where it can be shown."""
        if not isinstance(target, FunctionType):
            return target
        seen = self.seen

        @functools.wraps(target)
        def call(*args: Any, **kwargs: Any) -> Any:
            seen.got = []
            seen.got = [target(*args, **kwargs)]
            return seen.got[0]

        return call

    def _recorded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        seen, relations = self.seen, self.plan["relations"]
        from hypothesis.errors import UnsatisfiedAssumption

        @functools.wraps(function)
        def body(*args: Any, **kwargs: Any) -> Any:
            _settle(relations, kwargs)
            shown = [_shown(value) for value in args]
            shown += [
                f"{name}={_shown(value)}"
                for name, value in kwargs.items()
                if name not in self.plan["targets"]
            ]
            seen.input, seen.got, seen.since = ", ".join(shown), [], time.monotonic()
            seen.tried += not seen.failed
            try:
                return function(*args, **kwargs)
            except UnsatisfiedAssumption:
                seen.invalid += not seen.failed
                raise
            except BaseException as error:
                seen.failed = True
                if type(error).__name__ == "CandidateGone":
                    raise _Ended from None
                raise

        return body


class _Counted:
    """Hypothesis's own count of the examples, which knows of those that a filter refused."""

    def __init__(self, seen: _Seen) -> None:
        self._seen = seen
        self._around: Any = None

    def __enter__(self) -> None:
        try:
            from hypothesis import statistics

            collector: Any = statistics.collector
            self._around = collector.with_value(self._note)
            self._around.__enter__()
        except (ImportError, AttributeError):
            self._around = None

    def __exit__(self, *exc: Any) -> None:
        if self._around is not None:
            self._around.__exit__(*exc)

    def _note(self, told: Any) -> None:
        rows = [
            row["status"]
            for phase in ("reuse-phase", "generate-phase")
            for row in told.get(phase, {}).get("test-cases", ())
        ]
        self._seen.tried = len(rows)
        self._seen.invalid = sum(status in ("invalid", "overrun") for status in rows)


def _line(error: BaseException) -> int:
    """The last line of the property's source that the exception came through."""
    line, step = 0, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == _FILE:
            line = step.tb_lineno
        step = step.tb_next
    if not line and isinstance(error, SyntaxError):
        return error.lineno or 0
    return line


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException as second:  # noqa: BLE001 - it is told
        text = f"<str raised {type(second).__name__}>"
    notes = getattr(error, "__notes__", ())
    drawn = [note for note in notes if isinstance(note, str) and note.startswith("Draw ")]
    return "; ".join([*filter(None, [text]), *drawn])


def _settle(relations: list[Any], values: dict[str, Any]) -> None:
    """Change the values so that what held between the examples' arguments holds here too; what
    cannot be is no input."""
    from hypothesis import assume

    # One may undo what another has done.
    for _ in range(4):
        changed = [_settled(relation, values, assume) for relation in relations]
        if not any(changed):
            return
    assume(not relations)


def _settled(relation: list[Any], values: dict[str, Any], assume: Callable[[bool], Any]) -> bool:
    """Whether something had to be changed for it to hold."""
    name, first, second, low, gap = relation
    a, b = values[first], values[second]
    try:
        if name == "lengths" and len(a) != len(b):
            least = min(len(a), len(b))
            values[first], values[second] = a[:least], b[:least]
            return True
        if name == "index":
            low = 0 if len(b) == 1 and gap else low
            assume(len(b) - gap >= low)
            values[first] = a if low <= a <= len(b) - gap else low + a % (len(b) - gap - low + 1)
            return values[first] != a
        if name == "element" and a not in b:
            assume(len(b) > 0)
            values[first] = b[(a if isinstance(a, int) else len(_shown(a))) % len(b)]
            return True
        if name == "order" and a > b:
            values[first], values[second] = b, a
            return True
        if name == "below":
            assume(b >= gap)
            values[first] = _lowered(a, b - gap)
            return values[first] != a
    except TypeError:
        # Of another kind than the examples that the relation was seen in.
        return False
    return False


def _lowered(value: Any, most: int) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return min(value, most)
    if isinstance(value, (list, tuple)):
        return type(value)(_lowered(item, most) for item in value)
    return value


def main(plan: str) -> None:
    """Raises StropReport."""
    _Property(json.loads(plan)).run()
