"""The nouns: task, candidate, verdict, typed feedback, cost, outcome. All frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

__all__ = [
    "Candidate",
    "Check",
    "Cost",
    "CoverageGap",
    "Crash",
    "Critique",
    "Evidence",
    "Executor",
    "Failure",
    "Feedback",
    "Observation",
    "Outcome",
    "Status",
    "Stopped",
    "SurvivingMutant",
    "Task",
    "Timing",
    "Verdict",
]

Status = Literal["passed", "failed", "error", "timeout", "memory", "forbidden", "crashed", "flaky"]
Stopped = Literal["passed", "done", "budget", "interrupted", "failed"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One case or test that did not pass; the values are display text, shortened."""

    case: str
    status: Status
    input: str | None = None
    expected: str | None = None
    got: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Crash:
    """The candidate could not be run at all: it does not parse, import or define its entry."""

    exception: str
    message: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Critique:
    """Free text from a judge or critic; `by` names the role that wrote it."""

    text: str
    by: str


@dataclass(frozen=True, slots=True)
class CoverageGap:
    """Lines of a file that the checks never ran."""

    file: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SurvivingMutant:
    """A change to the candidate, as a unified diff, that no check noticed."""

    diff: str


@dataclass(frozen=True, slots=True)
class Timing:
    """CPU seconds of one case, beside the limit it ran under."""

    case: str
    seconds: float
    limit: float


Feedback = Failure | Crash | Critique | CoverageGap | SurvivingMutant | Timing


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent. Token counts, calls, executions and steps are whole numbers; `seconds` is
    wall time, `cpu_seconds` what sandboxed processes used; `estimated` says that a count was not
    reported by the provider but bounded."""

    tokens_in: int = 0
    tokens_out: int = 0
    calls: int = 0
    executions: int = 0
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    usd: float = 0.0
    flops: float = 0.0
    grad_steps: int = 0
    estimated: bool = False

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together: what the `tokens` ceiling counts."""
        return self.tokens_in + self.tokens_out

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.calls + other.calls,
            self.executions + other.executions,
            self.cpu_seconds + other.cpu_seconds,
            self.seconds + other.seconds,
            self.usd + other.usd,
            self.flops + other.flops,
            self.grad_steps + other.grad_steps,
            self.estimated or other.estimated,
        )

    def __sub__(self, other: Cost) -> Cost:
        return Cost(
            self.tokens_in - other.tokens_in,
            self.tokens_out - other.tokens_out,
            self.calls - other.calls,
            self.executions - other.executions,
            self.cpu_seconds - other.cpu_seconds,
            self.seconds - other.seconds,
            self.usd - other.usd,
            self.flops - other.flops,
            self.grad_steps - other.grad_steps,
            self.estimated or other.estimated,
        )

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain data, with `tokens`, for `--json` and the ledger."""
        return {
            "tokens": self.tokens_in + self.tokens_out,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "calls": self.calls,
            "executions": self.executions,
            "cpu_seconds": self.cpu_seconds,
            "seconds": self.seconds,
            "usd": self.usd,
            "flops": self.flops,
            "grad_steps": self.grad_steps,
            "estimated": self.estimated,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check, or several together, found. `score` lies in [0, 1].

    `detail` is plain data for reports: per-case rows, limits, isolation layers. `cost` is what the
    check itself spent.
    """

    score: float
    passed: bool
    feedback: tuple[Feedback, ...] = ()
    status: Status = "failed"
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])
    cost: Cost = Cost()

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"Verdict.score must lie in [0, 1]. Got {self.score!r} instead.")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One attempt. `parents` (ids) make the run a graph; `kind` tells artefacts apart (program,
    test, plan, answer); a `partial` one can be extended and scored, never offered as the answer."""

    id: str
    kind: str
    value: str
    parents: tuple[str, ...] = ()
    origin: str = ""
    partial: bool = False
    cost: Cost = Cost()


@dataclass(frozen=True, slots=True)
class Observation:
    """What a program did on one input: `value` is the canonical JSON text of what it returned (or
    its standard output), None where it returned nothing because `status` is not `passed`;
    `cpu_seconds` is what finding out took."""

    status: Status
    value: str | None = None
    message: str = ""
    cpu_seconds: float = 0.0


class Executor(Protocol):
    """The port `execute`: runs a program on inputs where no expected value is known."""

    @property
    def key(self) -> str:
        """Digest of everything but program and inputs that determines what is observed."""
        ...

    async def __call__(self, source: str, inputs: Sequence[Any]) -> tuple[Observation, ...]:
        """One observation an input (canonical case-file values); one sandboxed process in all for
        a function, one an input for a program on standard input."""
        ...

    def executions(self, inputs: Sequence[Any]) -> int:
        """Upper bound on sandboxed processes that a call on these inputs starts."""
        ...


class Check(Protocol):
    """Something that a candidate is held against, decided where the candidate cannot reach."""

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> str:
        """Digest of everything but the candidate that determines the verdict."""
        ...

    @property
    def executions(self) -> int:
        """Upper bound on sandboxed processes that one call starts."""
        ...

    async def __call__(self, candidate: Candidate) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class Task:
    """What is wanted. `checks` may guide the search; hidden cases are never here."""

    id: str
    prompt: str
    start: str | None = None
    checks: tuple[Check, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far to trust a pass: cases run, candidates seen, share of the candidates that agree with
    the answer (None where outputs were not compared), failed draws left out of every choice."""

    cases_run: int = 0
    cases_passed: int = 0
    candidates: int = 0
    agreement: float | None = None
    failed_draws: int = 0
    mutants_killed: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run hands back. `verdict` is on the visible checks, `hidden_verdict` on cases that the
    search never saw; `paid` is the part of `cost` spent now and not replayed from the ledger."""

    candidate: Candidate | None
    verdict: Verdict | None
    hidden_verdict: Verdict | None
    evidence: Evidence
    cost: Cost
    paid: Cost
    stopped: Stopped
    run_id: str
    runner_up: Candidate | None = None
    message: str = ""
