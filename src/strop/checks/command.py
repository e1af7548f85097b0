"""Any command as a check: exit code 0 is a pass, what it prints is the feedback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from strop.core.ledger import digest
from strop.core.types import Candidate, Cost, Failure, Status, Verdict
from strop.sandbox.jobs import CommandJob, Limits
from strop.sandbox.pool import Pool

__all__ = ["CommandCheck"]


class CommandCheck:
    """Runs a shell line in a scratch folder that holds the candidate as `filename` and `files`.

    The command runs what it likes there, candidate code included, in one sandbox: it is as hard to
    fool as the command itself. `{}` in the line stands for the candidate's file name.
    """

    name = "command"

    def __init__(
        self,
        command: str,
        filename: str,
        pool: Pool,
        limits: Limits,
        files: Mapping[str, str] | None = None,
    ) -> None:
        self.command = command
        self.filename = filename
        self.pool = pool
        self.limits = limits
        self.files = dict(files or {})
        self.key = digest("command", command, filename, self.files, asdict(limits), pool.python)

    @property
    def executions(self) -> int:
        """One process tree."""
        return 1

    async def __call__(self, candidate: Candidate) -> Verdict:
        line = self.command.replace("{}", self.filename)
        execution = await self.pool.run(
            CommandJob(line, {**self.files, self.filename: candidate.value}, limits=self.limits)
        )
        passed = execution.status == "passed" and execution.exit_code == 0
        status: Status = "passed" if passed else execution.status
        if not passed and status in ("passed", "error") and execution.exit_code:
            status = "failed"
        printed = (execution.stdout + execution.stderr).strip()[-2000:]
        message = printed or execution.message or f"exit code {execution.exit_code}"
        row = {
            "name": line,
            "status": status,
            "input": None,
            "expected": "exit code 0",
            "got": f"exit code {execution.exit_code}",
            "message": "" if passed else message,
            "cpu_seconds": round(execution.cpu_seconds, 6),
        }
        return Verdict(
            score=float(passed),
            passed=passed,
            status=status,
            feedback=() if passed else (Failure(line, status, message=message),),
            detail={"cases": [row], "layers": list(execution.layers)},
            cost=Cost(executions=1, cpu_seconds=execution.total_cpu),
        )
