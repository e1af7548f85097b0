"""Why a suite cannot measure anything: one line that names the test and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from strop.checks.suite_trials import SuiteTrials
from strop.sandbox.jobs import Execution, StepOutcome

__all__ = ["fails_alone", "never_began", "not_finished"]

# A connection is denied without a name, a file with its path.
_NETWORK = re.compile(
    r"gaierror|Network is unreachable|name resolution|URLError|ConnectionError|ConnectError|"
    r"Connection refused|ConnectTimeout|No route to host|"
    r"PermissionError: \[Errno 13\] Permission denied$",
    re.MULTILINE,
)
_SHOWN = 160


def not_finished(trials: SuiteTrials, execution: Execution) -> str:
    """Of a job that collected nothing, or did not come to its end; nothing if it did."""
    tests = " ".join(trials.suite.targets)
    if execution.status == "error":
        return _does_not_collect(tests, execution)
    if execution.status != "passed":
        done = len(execution.trials[0].steps) if execution.trials else 0
        return (
            f"the suite {tests} did not end within {trials.limits.wall_seconds:g} s without any "
            f"mutation: {done} of {len(execution.collected)} tests ran ({execution.message}). Name "
            "fewer tests."
        )
    if not execution.collected:
        return f"tests {tests} hold no test. Name a file or folder that pytest collects."
    return ""


def never_began(trials: SuiteTrials, probe: Execution) -> str:
    """Of a suite that ended before its first test; `probe` is one trial from a fresh import."""
    tests = " ".join(trials.suite.targets)
    ended = [step.message for trial in probe.trials for step in trial.steps if step.what == ""]
    if not ended:
        return _does_not_collect(tests, probe)
    return (
        f"tests {tests} end the interpreter before a test runs ({ended[0]}). Nothing that they "
        "import may exit, crash or hang: run pytest on them to find which does."
    )


def _does_not_collect(tests: str, execution: Execution) -> str:
    text = execution.message or execution.stdout or execution.stderr
    errors = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    usage = [line for line in text.splitlines() if line.lower().startswith("error")]
    said = errors or usage or text.strip().splitlines() or ["no reason was given"]
    why = said[-1].replace("/tmp/job/", "").strip().rstrip(".")
    return f"tests {tests} do not collect: {why}. Run pytest on them to see all of it."


def fails_alone(trials: SuiteTrials, bad: Sequence[StepOutcome], count: int) -> str:
    """Of tests that do not pass without any mutation, `count` tests in all."""
    for step in bad:
        said = _first_line(step)
        if step.status == "crashed":
            return (
                f"{step.what} ends the interpreter without any mutation ({said}). Mend it, or "
                "skip it in the suite."
            )
        if step.status == "timeout":
            return (
                f"{step.what} takes more than {trials.step[0]:g} s CPU or {trials.step[1]:g} s "
                "wall time without any mutation. Give it more with --cpu and --wall, or skip it."
            )
        if _NETWORK.search(step.message):
            return (
                f"{step.what} needs the network, which the sandbox does not give ({said}). Let it "
                "use a stand-in, or skip it in the suite."
            )
    return (
        f"{len(bad)} of {count} tests fail without any mutation, first {bad[0].what}: "
        f"{_first_line(bad[0])}. Mend or skip them: only tests that pass can notice a mutant."
    )


def _first_line(step: StepOutcome) -> str:
    return (step.message.strip().splitlines() or ["no message"])[0][:_SHOWN].rstrip(".")
