"""`strop`: the commands put together, defaults from pyproject.toml, errors in one line."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import typer

from strop.cli import doctor, fix, judge, lab, methods, models, mutants, reproduce, runs, solve
from strop.core.errors import StropError

__all__ = ["app", "main"]

app = typer.Typer(
    name="strop",
    help="Turn a model's first answer into a verified one: search and checks at test time.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("solve")(solve.solve)
app.command("fix")(fix.fix)
app.command("mutants")(mutants.mutants)
app.command("judge")(judge.judge)
app.command("methods")(methods.methods)
app.command("show")(methods.show)
app.command("reproduce")(reproduce.reproduce)
app.add_typer(runs.app, name="runs")
app.add_typer(models.app, name="models")
app.add_typer(lab.app, name="lab")
app.command("doctor")(doctor.doctor)

_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def main(arguments: list[str] | None = None) -> int:
    """Run one command line; returns (and, as a script, exits with) its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        command = typer.main.get_command(app)
        code = command.main(
            args=given, prog_name="strop", standalone_mode=False, default_map=_defaults(command)
        )
        sys.stdout.flush()
    except StropError as error:
        if "--debug" in given:
            raise
        code = _fail(str(error), error.exit_code, given)
    except _UsageError as error:
        code = _fail(_usage(error), 2, given)
    except (KeyboardInterrupt, typer.Abort):
        code = _fail("interrupted; what was done is in the ledger (add --resume)", 130, given)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    code = code if isinstance(code, int) else 0
    if arguments is None:
        sys.exit(code)
    return code


def _fail(message: str, code: int, given: list[str]) -> int:
    line = " ".join(message.split())
    print(f"strop: {line}", file=sys.stderr)
    if "--json" in given:
        print(json.dumps({"error": line, "exit": code}))
    return code


def _usage(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    where = f" See {context.command_path} --help." if context is not None else ""
    message = getattr(error, "format_message", lambda: str(error))()
    return f"{message}{where}"


def _defaults(command: Any) -> dict[str, Any]:
    """`[tool.strop]` of the pyproject.toml in this folder or above, for every command that has an
    option of that name. Raises `BadInput` for a key that no command knows."""
    from pathlib import Path

    here = Path.cwd()
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            from strop.cli.defaults import read_defaults

            return read_defaults(file, command)
    return {}
