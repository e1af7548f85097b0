"""What can be run, under which limits, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from strop.core.errors import BadInput
from strop.core.types import Status
from strop.sandbox.inside import wire

__all__ = [
    "CallJob",
    "CommandJob",
    "Execution",
    "Inputs",
    "Job",
    "Layer",
    "Limits",
    "Output",
    "ProgramJob",
    "ScriptJob",
    "Step",
    "StepOutcome",
    "SuiteJob",
    "TestOutcome",
    "TestResult",
    "Trial",
    "TrialOutcome",
    "TrialsJob",
]

TestResult = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings for one job. CPU and wall time in seconds, above 0; memory in MiB on top of the
    warm interpreter's own; `output_bytes` caps each of stdout and stderr and every file written by
    a program; `result_bytes` caps what is sent back. Raises BadInput when out of range."""

    cpu_seconds: float = 5.0
    wall_seconds: float = 10.0
    memory_mb: int = 1024
    output_bytes: int = 1 << 20
    result_bytes: int = 4 << 20

    def __post_init__(self) -> None:
        for name, least in (
            ("cpu_seconds", 0.0),
            ("wall_seconds", 0.0),
            ("memory_mb", 15),
            ("output_bytes", 0),
            ("result_bytes", 4095),
        ):
            value = getattr(self, name)
            if not least < value < float("inf"):
                raise BadInput(f"Limits.{name} must be above {least:g}. Got {value!r} instead.")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Argument lists in wire text, written once and used for any number of programs."""

    text: str
    count: int

    @classmethod
    def of(cls, inputs: Sequence[Sequence[Any]]) -> Inputs:
        """From plain data. Raises BadInput if an argument has no plain form."""
        try:
            text = wire.encode([list(args) for args in inputs])
        except wire.WireError as error:
            raise BadInput(f"inputs cannot be sent: {error}") from error
        if '"$opaque":' in text:
            raise BadInput("inputs must be plain data: numbers, text, lists, tuples, sets, dicts")
        return cls(text, len(inputs))


@dataclass(frozen=True, slots=True)
class CallJob:
    """Call `entry` (`f` or `Class.method`) of the module `source` on each argument list, each
    decoded afresh. With `after`, each output carries the arguments as the call left them."""

    source: str
    entry: str
    inputs: Inputs | Sequence[Sequence[Any]]
    limits: Limits = Limits()
    after: bool = False


@dataclass(frozen=True, slots=True)
class ProgramJob:
    """Run `source` as a script that reads `stdin` and prints."""

    source: str
    stdin: str = ""
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class ScriptJob:
    """Run `test_source` in one process with the candidate `source` in another. The tests see the
    candidate's `entry` under that name and as `candidate`, and may import it from `module`; if they
    define `check`, it is called with the entry. Limits hold for each of the two processes."""

    source: str
    test_source: str
    entry: str
    module: str = "solution"
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class SuiteJob:
    """Run pytest on `targets` (paths or node ids) in a folder that holds `files` (path to text).

    `project` is a folder on this machine that is copied there first (the pool must be allowed to
    read it); `paths` are folders in it to import from. With `split`, the module `module` is not a
    file but lives in a process of its own, made from `source`, and the tests import a stand-in.
    `allowed_skips` are node ids that may be skipped; with None all may, and whoever asks for that
    looks at the outcomes.
    """

    files: Mapping[str, str]
    targets: Sequence[str] = ()
    split: bool = False
    module: str = "solution"
    source: str = ""
    allowed_skips: Sequence[str] | None = ()
    arguments: Sequence[str] = ()
    plugins: bool = True
    project: str = ""
    paths: Sequence[str] = ()
    limits: Limits = Limits(cpu_seconds=60, wall_seconds=120, memory_mb=4096)


@dataclass(frozen=True, slots=True)
class Step:
    """A test (`what` is its node id) or a call (`what` is file, entry, arguments in wire text) with
    the CPU and wall seconds after which it is ended."""

    what: str | tuple[str, str, str]
    cpu_seconds: float
    wall_seconds: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One change of the files under test, and what is run on it.

    `edits` are (file, start, end, text): characters replaced in the job's text of the file. `steps`
    are tests or calls, None every test in its order. With `stop` the first step that does not pass
    ends the trial; else what comes after a hang goes on in a new process. `cold` asks for a fresh
    import; without it, changes that touch only functions are swapped into loaded modules. `record`:
    the files are instrumented, and lines and calls are reported for each test. `careful`: every
    test through pytest, also one that is a bare function call. After `hangs` steps that had to be
    ended, the rest is not run.
    """

    edits: Sequence[tuple[str, int, int, str]] = ()
    steps: Sequence[Step] | None = None
    calls: bool = False
    stop: bool = True
    cold: bool = False
    record: bool = False
    careful: bool = False
    hangs: int = 1 << 30


@dataclass(frozen=True, slots=True)
class TrialsJob:
    """Collect a pytest suite once and hold many changes of `under_test` (files) against it.

    `load` are the CPU and wall seconds for importing and collecting, `step` those for each test
    where a trial names none. The files' texts are those of `files`, or else of `project`.
    """

    trials: Sequence[Trial]
    under_test: Sequence[str]
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    targets: Sequence[str] = ()
    plugins: bool = True
    project: str = ""
    paths: Sequence[str] = ()
    load: tuple[float, float] = (60.0, 120.0)
    step: tuple[float, float] = (20.0, 40.0)
    limits: Limits = Limits(cpu_seconds=300, wall_seconds=600, memory_mb=4096, result_bytes=1 << 25)


@dataclass(frozen=True, slots=True)
class CommandJob:
    """Run a command (argument list, or a shell line) in a folder that holds `files`."""

    command: str | Sequence[str]
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    stdin: str = ""
    limits: Limits = Limits(cpu_seconds=60, wall_seconds=120, memory_mb=4096)


Job = CallJob | ProgramJob | ScriptJob | SuiteJob | CommandJob | TrialsJob


@dataclass(frozen=True, slots=True)
class Output:
    """One call. `passed` means that it returned: `value` is then the decoded plain data, to be
    compared by whoever knows what was expected. Later statuses come with an exception's type name,
    message and trace through the candidate's own lines. `cpu_seconds` is the child's own count."""

    status: Status
    value: Any = None
    exception: str = ""
    message: str = ""
    trace: str = ""
    cpu_seconds: float = 0.0
    after: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """One test of a suite; `seconds` is wall time of its three phases."""

    __test__ = False

    id: str
    result: TestResult
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """One step of a trial: `timeout` and `crashed` beside what tests and calls come to. `value` is
    wire text that a call returned; `lines` and `calls` are the reached line numbers by file index
    and the recorded (file index, entry, arguments)."""

    what: str
    status: Status
    message: str = ""
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    value: str | None = None
    lines: tuple[tuple[int, int], ...] = ()
    calls: tuple[tuple[int, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """What one trial came to: its steps as far as they were run. `loaded` are the lines that the
    import reached."""

    steps: tuple[StepOutcome, ...] = ()
    cpu_seconds: float = 0.0
    complete: bool = False
    loaded: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Execution:
    """What one job came to. `passed` means that it ran to its end (for suites and scripts: that
    every test passed). Times and memory are the kernel's counts over the job's processes;
    `overhead_seconds` is CPU that the zygote used for the job itself."""

    status: Status
    outputs: tuple[Output, ...] = ()
    tests: tuple[TestOutcome, ...] = ()
    stdout: str = ""
    stderr: str = ""
    exit_code: int | None = None
    exception: str = ""
    message: str = ""
    trace: str = ""
    trials: tuple[TrialOutcome, ...] = ()
    collected: tuple[str, ...] = ()
    cpu_seconds: float = 0.0
    overhead_seconds: float = 0.0
    wall_seconds: float = 0.0
    max_rss_mb: float = 0.0
    truncated: bool = False
    split_unsupported: bool = False
    layers: tuple[str, ...] = ()

    @property
    def total_cpu(self) -> float:
        """CPU seconds of the job's processes and of the zygote on its behalf."""
        return self.cpu_seconds + self.overhead_seconds


@dataclass(frozen=True, slots=True)
class Layer:
    """One kind of isolation on this machine; `reason` says why it is not active."""

    name: str
    active: bool
    reason: str = ""
