"""Slices and indices; calls put around an expression or taken away."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.moves.mutate.kinds import METHOD_OWNER, Kind, fit
from strop.moves.mutate.precedence import ATOM, OR, TEST, UNARY
from strop.moves.mutate.text import Code, call
from strop.moves.mutate.walk import Change, Site

__all__ = ["slices", "unwraps", "wraps"]

_SEQUENCES = ("list", "str", "tuple", None)


def slices(site: Site) -> Iterator[Change]:
    node = site.node
    if isinstance(node, ast.Slice):
        yield from _bounds(site, node)
        return
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        value = site.code(node.value)
        if isinstance(node.slice, ast.Slice):
            yield site.put("slice/drop", value)
        else:
            yield from _ends(site, node, value)
            yield site.put("unwrap/index", value, 0.8 if site.role == "base" else 1.0)
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        return
    if site.role in ("target", "function", "condition", "index", "bound"):
        return
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or _constant_name(site):
        return
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return
    kind = site.kind
    if kind not in _SEQUENCES:
        if kind == "dict":
            for name in _numbers(site, ("int", "str", None)):
                yield site.put("slice/index", f"{site.code().text}[{name}]", 0.6)
        return
    like = 1.0 if kind else 0.35
    like *= 0.6 if isinstance(node, (ast.Call, ast.Subscript)) else 1.0
    if isinstance(site.parent, ast.Call) and _name(site.parent.func) in ("range", "abs", "chr"):
        return
    like *= 0.4 if site.role == "base" else 1.0
    own = site.text.here(node).within(ATOM)
    if not isinstance(site.parent, ast.Subscript):
        yield site.put("slice/tail", f"{own}[1:]", like)
        yield site.put("slice/tail", f"{own}[:-1]", like * 0.9)
        yield site.put("slice/reverse", f"{own}[::-1]", like)
        yield site.put("slice/tail", f"{own}[:]", like * 0.2)
        for name in _numbers(site, ("int",)):
            yield site.put("slice/name", f"{own}[:{name}]", like)
            yield site.put("slice/name", f"{own}[{name}:]", like)
            yield site.put("slice/name", f"{own}[{name} + 1:]", like * 0.6)
            yield site.put("slice/name", f"{own}[:{name} + 1]", like * 0.4)
    yield site.put("slice/index", f"{own}[0]", like)
    yield site.put("slice/index", f"{own}[-1]", like)
    for name in _numbers(site, ("int",)):
        yield site.put("slice/index", f"{own}[{name}]", like)


def _constant_name(site: Site) -> bool:
    node = site.node
    if not isinstance(node, ast.Name):
        return False
    return node.id not in site.function.names and node.id not in site.local


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _numbers(site: Site, kinds: tuple[Kind | None, ...]) -> list[str]:
    own = _name(site.node)
    known = site.function.kinds
    return [n for n in site.names() if known.get(n) in kinds and n != own][:5]


def _ends(site: Site, node: ast.Subscript, value: Code) -> Iterator[Change]:
    index = site.code(node.slice)
    if index.text == "0":
        yield site.put("slice/ends", f"{value.within(ATOM)}[-1]")
    elif index.text == "-1":
        yield site.put("slice/ends", f"{value.within(ATOM)}[0]")
    elif isinstance(node.slice, ast.Tuple):
        return
    if isinstance(node.slice, (ast.Constant, ast.Name, ast.BinOp, ast.UnaryOp)):
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            yield site.put("slice/index", f"{value.within(ATOM)}.get({index.text})", 0.8)
            return
        own = value.within(ATOM)
        kind = site.function.kind(node.value)
        if kind == "dict":
            yield site.put("slice/index", f"{own}.get({index.text}, 0)", 0.8)
            yield site.put("slice/index", f"{own}.get({index.text})", 0.8)
            return
        yield site.put("slice/name", f"{own}[{index.text}:]", 0.8)
        yield site.put("slice/name", f"{own}[:{index.text}]", 0.8)
        if not isinstance(node.slice, ast.Constant):
            yield site.put("slice/index", f"{own}[-{index.within(UNARY)}]", 0.8)


def _bounds(site: Site, node: ast.Slice) -> Iterator[Change]:
    bounds = [node.lower, node.upper, node.step]
    shown = [site.code(b).text if b is not None else "" for b in bounds]

    def anew(lower: str, upper: str, step: str = "") -> Code:
        return Code(f"{lower}:{upper}{':' + step if step else ''}", 0)

    lower, upper, step = shown
    if lower:
        yield site.put("slice/drop-bound", anew("", upper, step))
    if upper:
        yield site.put("slice/drop-bound", anew(lower, "", step))
    if step:
        yield site.put("slice/drop-bound", anew(lower, upper))
    if bool(lower) != bool(upper):
        yield site.put("slice/drop-bound", anew(upper, lower, step))
    if not lower:
        yield site.put("slice/tail", anew("1", upper, step))
    if not upper:
        yield site.put("slice/tail", anew(lower, "-1", step))
    if not step:
        yield site.put("slice/reverse", anew(lower, upper, "-1"))
        yield site.put("slice/step", anew(lower, upper, "2"))
    for name in _numbers(site, ("int",)):
        if not lower:
            yield site.put("slice/name", anew(name, upper, step))
        if not upper:
            yield site.put("slice/name", anew(lower, name, step))
        if not step:
            yield site.put("slice/step", anew(lower, upper, name))


_NUMBER: tuple[tuple[str, str, float], ...] = (
    ("abs", "likely", 1.0),
    ("str", "likely", 0.6),
    ("int", "likely", 0.6),
    ("float", "builtin", 0.5),
    ("round", "builtin", 0.5),
    ("bool", "builtin", 0.2),
    ("range", "builtin", 0.5),
)
_TEXT: tuple[tuple[str, str, float], ...] = (
    ("len", "likely", 1.0),
    ("int", "likely", 0.8),
    ("list", "builtin", 1.0),
    ("set", "builtin", 0.8),
    ("sorted", "builtin", 0.8),
    ("ord", "builtin", 0.5),
    ("float", "builtin", 0.4),
    ("reversed", "builtin", 0.4),
)
_LIST: tuple[tuple[str, str, float], ...] = (
    ("len", "likely", 1.0),
    ("sorted", "likely", 0.8),
    ("set", "likely", 0.5),
    ("list", "builtin", 0.8),
    ("sum", "builtin", 0.8),
    ("max", "builtin", 0.8),
    ("min", "builtin", 0.8),
    ("reversed", "builtin", 0.8),
    ("tuple", "builtin", 0.7),
    ("any", "builtin", 0.4),
    ("all", "builtin", 0.4),
    ("enumerate", "builtin", 0.4),
)
_UNKNOWN: tuple[tuple[str, str, float], ...] = (
    ("len", "likely", 0.6),
    ("str", "likely", 0.5),
    ("int", "likely", 0.5),
    ("abs", "likely", 0.5),
    *((name, "builtin", 0.5) for name in ("list", "set", "sorted", "sum", "max", "min")),
    *((name, "builtin", 0.4) for name in ("tuple", "float", "bool", "round", "reversed")),
)
_BY_KIND: dict[Kind | None, tuple[tuple[str, str, float], ...]] = {
    "int": _NUMBER,
    "float": _NUMBER,
    "str": _TEXT,
    "list": _LIST,
    "tuple": _LIST,
    "set": _LIST,
    "dict": (("len", "likely", 1.0), ("list", "builtin", 0.8), ("sorted", "builtin", 0.8)),
    None: _UNKNOWN,
}


def wraps(site: Site) -> Iterator[Change]:
    """`e` to `f(e)`, `-e`, `[e]`, `e.method()`."""
    node, role = site.node, site.role
    if role in ("target", "function", "base", "bound") or _constant_name(site):
        return
    if isinstance(node, (ast.Constant, ast.Starred, ast.Slice, ast.Lambda, ast.Yield, ast.Tuple)):
        return
    if isinstance(node, (ast.YieldFrom, ast.Await, ast.NamedExpr)) or role == "other":
        return
    kind = site.kind
    own = site.text.here(node)
    parent = _name(site.parent.func) if isinstance(site.parent, ast.Call) else ""
    inner = _name(node.func) if isinstance(node, ast.Call) else ""
    like = {"operand": 0.8, "index": 0.5, "element": 0.6}.get(role, 1.0)
    like *= 0.5 if isinstance(node, ast.Compare) else 1.0
    if role == "condition":
        for name in ("any", "all") if kind in ("list", None) else ():
            yield site.put("wrap/builtin", call(name, own), 0.4)
        if kind in ("list", "str", None) and isinstance(node, (ast.Name, ast.Attribute)):
            yield site.put("wrap/builtin", call("len", own), 0.1)
        return
    for name, variant, factor in _BY_KIND.get(kind, ()):
        if name not in (parent, inner):
            yield site.put(f"wrap/{variant}", call(name, own), factor * like)
    if role == "iterable":
        yield site.put("wrap/builtin", call("enumerate", own), 0.3)
        yield site.put("wrap/likely", call("range", own), 1.0 if kind == "int" else 0.1)
        if kind in ("list", "str", None):
            yield site.put("wrap/builtin", Code(f"range(len({own.text}))"), 0.5)
        if kind in ("dict", None):
            for method in ("items", "values"):
                yield site.put("wrap/method", f"{own.within(ATOM)}.{method}()", 1.0)
    if kind in ("int", "float", None) and role not in ("iterable", "index"):
        negative = isinstance(node, ast.UnaryOp)
        if not negative:
            factor = 1.0 if kind else 0.4
            yield site.put("wrap/sign", Code(f"-{own.within(UNARY)}", UNARY), factor * like)
    if role in ("value", "argument", "element") and kind != "bool":
        yield site.put("wrap/list", f"[{own.text}]", 0.4 if role == "value" else 0.3)
    function = site.function
    for name, arity in [*function.pool.functions.items()]:
        if arity == 1 and name in function.module.functions and name not in (parent, inner):
            yield site.put("wrap/module", call(name, own), like)
    for name, definition in list(function.module.functions.items())[:20]:
        formal = definition.args
        one = (
            len(formal.args) == 1 and not formal.vararg and definition in function.module.tree.body
        )
        if one and name not in (parent, inner) and name not in function.pool.functions:
            yield site.put("wrap/module", call(name, own), like * 0.4)
    atom = own.within(ATOM)
    for method in function.pool.plain:
        if not (isinstance(node, ast.Call) and atom.endswith(f".{method}()")):
            owner = METHOD_OWNER.get(method)
            factor = fit(owner, kind) if owner or kind not in ("int", "float", "bool") else 0.1
            yield site.put("wrap/used", f"{atom}.{method}()", factor * like)
    methods: dict[str, float] = {}
    if kind in ("str", None):
        methods = {"lower": 1.0, "strip": 0.8, "upper": 0.5, "split": 0.4}
    if kind in ("list", "dict", "set"):
        methods = {"copy": 0.8}
    for method, factor in methods.items():
        if not (isinstance(node, ast.Call) and atom.endswith(f".{method}()")):
            scale = 1.0 if kind else 0.25
            yield site.put("wrap/method", f"{atom}.{method}()", factor * scale * like)


def unwraps(site: Site) -> Iterator[Change]:
    """`f(e)`, `e.f()`, `e.a` to `e`; `-e`, `[e]` and `e if c else d` to what is in them."""
    node = site.node
    match node:
        case ast.Call(func=ast.Name(id=name), args=args) if args and site.role != "function":
            variant = "builtin" if name in _BUILTINS else "function"
            for arg in args[:3]:
                if not isinstance(arg, ast.Starred):
                    like = 1.0 if len(args) == 1 else 0.6
                    yield site.put(f"unwrap/{variant}", site.code(arg), like)
        case ast.Call(func=ast.Attribute(value=owner), args=args):
            if site.role != "other":
                yield site.put("unwrap/method", site.code(owner), 1.0 if not args else 0.6)
                for arg in args[:2]:
                    if not isinstance(arg, (ast.Starred, ast.GeneratorExp)):
                        yield site.put("unwrap/method", site.code(arg), 0.5)
        case ast.Attribute(value=owner, ctx=ast.Load()) if site.role != "function":
            if not isinstance(owner, ast.Name) or owner.id in site.names():
                yield site.put("unwrap/attribute", site.code(owner))
        case ast.UnaryOp(op=op, operand=operand) if not isinstance(op, ast.Not):
            if not isinstance(operand, ast.Constant):
                yield site.put("unwrap/builtin", site.code(operand))
        case ast.List(elts=[element]) if not isinstance(element, ast.Starred):
            yield site.put("unwrap/function", site.code(element))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield site.put("collapse/choice", site.code(body))
            yield site.put("collapse/choice", site.code(orelse))
            b, t, e = (site.code(part).within(OR) for part in (body, test, orelse))
            yield site.put("structure/branch", Code(f"{e} if {t} else {b}", TEST))
        case (
            ast.ListComp(elt=ast.Name(id=name), generators=[generator])
            | ast.GeneratorExp(elt=ast.Name(id=name), generators=[generator])
        ):
            if isinstance(generator.target, ast.Name) and generator.target.id == name:
                yield site.put("unwrap/function", site.code(generator.iter), 0.6)


_BUILTINS = (
    "abs",
    "len",
    "sorted",
    "list",
    "set",
    "tuple",
    "sum",
    "max",
    "min",
    "reversed",
    "any",
    "all",
    "int",
    "float",
    "str",
    "bool",
    "round",
)
