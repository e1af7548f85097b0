"""Whether tests can be run in another process than the code they test, read off their text."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

__all__ = ["why_not_split"]

_FIXTURES = {
    "capfd": "captures file descriptors",
    "capfdbinary": "captures file descriptors",
    "caplog": "reads the log",
    "recwarn": "reads warnings",
}
_CALLS = {
    "pytest.warns": "expects warnings",
    "pytest.deprecated_call": "expects warnings",
    "warnings.catch_warnings": "changes warnings",
    "warnings.simplefilter": "changes warnings",
    "random.seed": "seeds a random generator",
    "numpy.random.seed": "seeds a random generator",
    "np.random.seed": "seeds a random generator",
    "os.chdir": "changes the working folder",
    "os.putenv": "changes the environment",
    "importlib.reload": "reloads modules",
    "inspect.getsource": "reads source code",
    "inspect.signature": "reads signatures",
    "inspect.getfullargspec": "reads signatures",
    "gc.collect": "collects garbage",
    "sys.setrecursionlimit": "changes the interpreter",
    "tracemalloc.start": "measures memory",
    "logging.getLogger": "reads the log",
}
_METHODS = {
    "setenv": "changes the environment",
    "delenv": "changes the environment",
    "chdir": "changes the working folder",
    "syspath_prepend": "changes where modules are found",
    "assertLogs": "reads the log",
    "assertWarns": "expects warnings",
}
_STATE = {
    "os.environ": "changes the environment",
    "sys.argv": "changes sys.argv",
    "sys.stdin": "changes sys.stdin",
    "sys.stdout": "changes sys.stdout",
    "sys.stderr": "changes sys.stderr",
    "sys.path": "changes where modules are found",
}


def why_not_split(files: Mapping[str, str], module: str) -> str:
    """What the tests do to the process that the module `module` would have to share, or nothing:
    such as `test_a.py line 3 changes the environment`. `files` is path to text."""
    for path, text in sorted(files.items()):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for line, what in _found(tree, module):
            return f"{path} line {line} {what}"
    return ""


def _found(tree: ast.Module, module: str) -> Iterator[tuple[int, str]]:
    names = _names_of(tree, module)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for arg in node.args.args:
                if arg.arg in _FIXTURES:
                    yield node.lineno, _FIXTURES[arg.arg]
        elif isinstance(node, ast.Call):
            what = _call(node, names, module)
            if what:
                yield node.lineno, what
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
            targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
            for target in targets:
                place = target.value if isinstance(target, ast.Subscript) else target
                if (what := _STATE.get(_dotted(place))) is not None:
                    yield node.lineno, what


def _names_of(tree: ast.Module, module: str) -> set[str]:
    """What the module is called in the tests."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == module
    }


def _call(node: ast.Call, names: set[str], module: str) -> str:
    called = _dotted(node.func)
    for name, what in _CALLS.items():
        if called == name or name.endswith(f".{called}"):
            return what
    last = called.rpartition(".")[2]
    if last in _METHODS and "." in called:
        return _METHODS[last]
    patches = last in ("setattr", "delattr") and "patch" in called
    if (patches or (last in ("patch", "object", "dict") and "patch" in called)) and node.args:
        target = node.args[0]
        if isinstance(target, ast.Constant) and isinstance(target.value, str):
            inside = target.value == module or target.value.startswith(f"{module}.")
            told = target.value
        else:
            told = _dotted(target)
            inside = any(told == name or told.startswith(f"{name}.") for name in names)
        deep = inside and told.count(".") > module.count(".") + 1
        if not inside or deep:
            return f"patches {told or 'what it computes'}"
    return ""


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""
