"""A guess at what type of value a name or expression holds."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Literal

__all__ = ["METHOD_OWNER", "Kind", "called", "fit", "guess", "name_kinds"]

Kind = Literal["int", "float", "bool", "str", "list", "tuple", "set", "dict", "none"]

_RESULT: dict[str, Kind] = {
    **dict.fromkeys(("len", "int", "ord", "round", "hash", "id"), "int"),
    **dict.fromkeys(("str", "chr", "repr", "hex", "bin", "input", "format"), "str"),
    **dict.fromkeys(("sorted", "list", "range", "reversed", "map", "filter", "zip"), "list"),
    **dict.fromkeys(("any", "all", "isinstance", "bool", "callable", "hasattr"), "bool"),
    **dict.fromkeys(("split", "splitlines", "rsplit", "keys", "values", "items"), "list"),
    **dict.fromkeys(("join", "strip", "lstrip", "rstrip", "lower", "upper", "replace"), "str"),
    **dict.fromkeys(("title", "capitalize", "zfill", "ljust", "rjust", "center"), "str"),
    **dict.fromkeys(("startswith", "endswith", "isdigit", "isalpha", "isalnum"), "bool"),
    **dict.fromkeys(("isupper", "islower", "isspace", "issubset", "issuperset"), "bool"),
    **dict.fromkeys(("find", "rfind", "index", "count", "bit_length"), "int"),
    **dict.fromkeys(("set", "frozenset", "union", "intersection", "difference"), "set"),
    **dict.fromkeys(("dict", "Counter", "defaultdict", "OrderedDict"), "dict"),
    **dict.fromkeys(("float", "sqrt"), "float"),
    "tuple": "tuple",
    "deque": "list",
}

METHOD_OWNER: dict[str, Kind] = {
    **dict.fromkeys(("append", "extend", "sort", "insert", "reverse", "popleft"), "list"),
    **dict.fromkeys(("add", "discard", "issubset", "issuperset", "union"), "set"),
    **dict.fromkeys(("items", "keys", "values", "get", "setdefault"), "dict"),
    **dict.fromkeys(("lower", "upper", "strip", "split", "startswith", "endswith"), "str"),
    **dict.fromkeys(("isdigit", "isalpha", "join", "lstrip", "rstrip", "replace"), "str"),
}

_CONSTANT: dict[type[object], Kind] = {
    int: "int",
    float: "float",
    bool: "bool",
    str: "str",
    type(None): "none",
}
_NUMBERS = ("int", "float", "bool")


def fit(have: Kind | None, want: Kind | None) -> float:
    """How well a value of one kind stands for another, in (0, 1]."""
    if have == want:
        return 1.0 if have else 0.8
    if have is None or want is None:
        return 0.6
    if have in _NUMBERS and want in _NUMBERS:
        return 0.5
    return 0.15


def guess(node: ast.expr | None, names: Mapping[str, Kind], depth: int = 0) -> Kind | None:
    """The kind of value that an expression gives, given its names' kinds."""
    if depth > 12:
        return None
    depth += 1
    match node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Constant():
            return _CONSTANT.get(type(node.value))
        case ast.List() | ast.ListComp():
            return "list"
        case ast.Tuple():
            return "tuple"
        case ast.Set() | ast.SetComp():
            return "set"
        case ast.Dict() | ast.DictComp():
            return "dict"
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return "bool"
        case ast.JoinedStr():
            return "str"
        case ast.UnaryOp(operand=operand):
            return guess(operand, names, depth) or "int"
        case ast.BoolOp(values=values):
            kinds: set[Kind | None] = {guess(value, names, depth) for value in values}
            return kinds.pop() if len(kinds) == 1 else None
        case ast.IfExp(body=body, orelse=orelse):
            return guess(body, names, depth) or guess(orelse, names, depth)
        case ast.Subscript(value=value, slice=index):
            whole = guess(value, names, depth)
            return whole if isinstance(index, ast.Slice) or whole == "str" else None
        case ast.Call(func=ast.Name(id="min" | "max" | "sum" | "abs" | "pow"), args=args):
            if len(args) == 1 and guess(args[0], names, depth) in ("list", "set", "tuple"):
                return None
            return next((k for a in args if (k := guess(a, names, depth))), None)
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return _RESULT.get(name)
        case ast.BinOp(left=left, op=op, right=right):
            return _arithmetic(guess(left, names, depth), op, guess(right, names, depth))
    return None


def _arithmetic(left: Kind | None, op: ast.operator, right: Kind | None) -> Kind | None:
    if isinstance(op, ast.Mod) and left == "str":
        return "str"
    for kind in ("list", "str", "set", "tuple"):
        if kind in (left, right):
            return kind
    if isinstance(op, ast.Div) or "float" in (left, right):
        return "float"
    if "int" in (left, right) or isinstance(op, (ast.FloorDiv, ast.LShift, ast.RShift)):
        return "int"
    return None


def called(node: ast.AST) -> str:
    """The name of the function that a call calls; empty for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id
    return ""


def name_kinds(root: ast.AST) -> dict[str, Kind]:
    """The kinds of the names in a function: what they are assigned, else how they are used."""
    assigned: list[tuple[str, ast.expr]] = []
    found: dict[str, Kind] = {}
    used: dict[str, Kind] = {}
    alike: list[tuple[str, str]] = []

    def use(node: ast.expr | None, kind: Kind) -> None:
        if isinstance(node, ast.Name):
            used.setdefault(node.id, kind)

    for node in ast.walk(root):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                assigned.append((name, value))
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = zip(names, values, strict=False)
                assigned.extend((n.id, v) for n, v in pairs if isinstance(n, ast.Name))
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=value) if any(
                isinstance(n, ast.Starred) for n in names
            ):
                use(value, "list")
                for name in names:
                    if isinstance(name, ast.Starred):
                        use(name.value, "list")
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                assigned.append((name, value))
            case ast.AugAssign(target=target, value=ast.Constant(value=int())):
                use(target, "int")
            case ast.arg(arg=name, annotation=ast.Name(id=said)) if said in _RESULT:
                found[name] = _RESULT[said]
            case (
                ast.For(target=target, iter=values) | ast.comprehension(target=target, iter=values)
            ):
                use(values, "list")
                if isinstance(values, ast.Call) and isinstance(values.func, ast.Name):
                    if values.func.id == "range":
                        use(target, "int")
                    elif values.func.id == "enumerate" and isinstance(target, ast.Tuple):
                        use(target.elts[0], "int")
            case ast.Subscript(value=value, slice=index):
                if isinstance(index, ast.Slice):
                    for bound in (index.lower, index.upper, index.step):
                        use(bound, "int")
                if isinstance(index, (ast.Slice, ast.BinOp, ast.UnaryOp)) or (
                    isinstance(index, ast.Constant) and isinstance(index.value, int)
                ):
                    use(value, "list")
                if isinstance(index, ast.BinOp):
                    use(index.left, "int")
            case ast.Call(func=ast.Name(id="range"), args=args):
                for arg in args:
                    use(arg, "int")
            case ast.Call(func=ast.Name(id="len" | "sorted" | "sum"), args=[arg]):
                use(arg, "list")
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in METHOD_OWNER:
                use(owner, METHOD_OWNER[name])
            case ast.BinOp(left=left, op=op, right=ast.Constant(value=int())):
                if not isinstance(op, ast.Mult):
                    use(left, "int")
            case (
                ast.Compare(
                    left=ast.Name(id=one),
                    ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()],
                    comparators=[ast.Name(id=other)],
                )
                | ast.BinOp(left=ast.Name(id=one), op=ast.Sub(), right=ast.Name(id=other))
            ):
                alike.append((one, other))
            case ast.Compare(left=left, comparators=[ast.Constant(value=int())]):
                use(left, "int")
    for _ in range(2):
        for one, other in alike:
            known = {**used, **found}
            if (kind := known.get(one) or known.get(other)) in ("int", "float"):
                used.setdefault(one, kind)
                used.setdefault(other, kind)
        for name, value in assigned:
            if name not in found and (kind := guess(value, {**used, **found})) and kind != "none":
                found[name] = kind
    return {**used, **found}
