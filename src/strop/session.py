"""A session: models, pool and ledger held open while one or many tasks are solved."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from strop.core.budget import Account, Budget
from strop.core.card import build, entry
from strop.core.driver import Strategy, drive
from strop.core.errors import BadInput, MissingPort
from strop.core.ledger import Ledger, digest
from strop.core.model import Message, Model
from strop.core.run import Run, Sampling
from strop.core.types import Outcome
from strop.models.lab_roles import FAMILIES as LAB_FAMILIES
from strop.models.lab_roles import render_lab
from strop.models.prompts import render
from strop.tasks.workbench import Loaded, Workbench

__all__ = ["Session", "default_ledger"]

Observer = Callable[[str, Mapping[str, Any]], None]


def _rendered(model: Model, role: str, fields: Mapping[str, Any]) -> tuple[Message, ...]:
    if model.family in LAB_FAMILIES:
        return (Message("user", render_lab(model.family, role, fields)),)
    return render(model.family, role, fields)


def default_ledger() -> Path:
    """The ledger file: in `STROP_LEDGER` (a folder) if set, else in the user's data folder."""
    folder = os.environ.get("STROP_LEDGER")
    if not folder:
        from platformdirs import user_data_dir

        folder = user_data_dir("strop", appauthor=False)
    return Path(folder) / "ledger.db"


@dataclass
class Session:
    """`width` is the draws in flight (None: what the model does best); `fresh` pays anew for what
    the ledger holds; `observer` hears of events as they happen. Use as `async with`."""

    models: Mapping[str, Sequence[Model]]
    bench: Workbench
    ledger: Ledger
    seed: int = 0
    width: int | None = None
    sampling: Sampling = field(default_factory=Sampling)
    fresh: bool = False
    observer: Observer | None = None

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for model in {id(m): m for models in self.models.values() for m in models}.values():
            await model.aclose()
        await self.bench.pool.aclose()
        self.ledger.close()

    async def solve(
        self,
        loaded: Loaded,
        *,
        method: str | Strategy = "best_of_n",
        settings: Mapping[str, str] | None = None,
        budget: Budget | None = None,
        within: Account | None = None,
        resume: bool = False,
    ) -> Outcome:
        """Solve one task by a method of the catalogue, or by a strategy made by the caller.
        `within` is an account that several tasks share.

        With `resume` an unfinished run of the same task, method, models and seed goes on under
        its own id. Raises `BadInput`, `MissingPort`, and what `core.driver.drive` raises.
        """
        if isinstance(method, str):
            strategy, name = build(method, settings), method
            self._demand(method, loaded)
        else:
            strategy, name = method, repr(method)
        begin = self._begin(loaded, name, settings or {}, budget or Budget())
        run_id = self._unfinished(begin["spec"]) if resume else None
        if run_id is None:
            run_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        run = Run(
            loaded.task,
            id=run_id,
            account=Account(budget or Budget(), within),
            ledger=self.ledger,
            models=self.models,
            render=_rendered,
            seed=self.seed,
            width=self.width or self._best_width(),
            sampling=self.sampling,
            executor=loaded.executor,
            ports=loaded.ports,
            observer=self.observer,
            salt=run_id if self.fresh else "",
        )
        self.ledger.append(run_id, "begin", begin)
        return await drive(strategy, loaded.task, run, loaded.hidden)

    def _demand(self, method: str, loaded: Loaded) -> None:
        abilities = {port for models in self.models.values() for m in models for port in m.ports}
        have = {
            "model": any(self.models.values()),
            "checks": bool(loaded.task.checks),
            "execute": loaded.executor is not None,
            **dict.fromkeys(loaded.ports, True),
        }
        for need in entry(method).card.needs:
            if have.get(need, need in abilities):
                continue
            if need == "model":
                raise MissingPort(
                    f"method {method} needs a model and --model none is set. "
                    "Set --model, for example --model embedded."
                )
            if need == "checks":
                raise BadInput(
                    f"method {method} needs checks and task {loaded.task.id!r} has none. "
                    "Add cases, tests or an answer to the task, or use self_consistency."
                )
            raise MissingPort(f"method {method} needs {need!r}, which this task or model lacks.")

    def _begin(
        self, loaded: Loaded, method: str, settings: Mapping[str, str], budget: Budget
    ) -> dict[str, Any]:
        task = loaded.task
        begin: dict[str, Any] = {
            "task": task.id,
            "prompt": task.prompt,
            "checks": [check.key for check in task.checks],
            "method": method,
            "settings": dict(settings),
            "models": {role: [m.name for m in models] for role, models in self.models.items()},
            "seed": self.seed,
            "width": self.width or self._best_width(),
            "budget": budget.as_dict(),
        }
        begin["spec"] = digest({k: v for k, v in begin.items() if k != "budget"})
        return begin

    def _unfinished(self, spec: str) -> str | None:
        for row in self.ledger.runs():
            unfinished = row.end is None or row.end.get("stopped") in ("interrupted", "budget")
            if row.begin.get("spec") == spec and unfinished:
                return row.id
        return None

    def _best_width(self) -> int:
        return max((m.batch for models in self.models.values() for m in models), default=1)
