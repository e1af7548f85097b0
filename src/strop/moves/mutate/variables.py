"""Wrong variables and wrong attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.moves.mutate.kinds import fit
from strop.moves.mutate.walk import Change, Site

__all__ = ["attributes", "variables"]


def variables(site: Site) -> Iterator[Change]:
    """Another variable in scope for a variable."""
    node = site.node
    if not isinstance(node, ast.Name) or site.role in ("function", "target"):
        return
    if node.id in ("self", "cls") or not isinstance(node.ctx, ast.Load):
        return
    function = site.function
    kinds = function.kinds
    kind = kinds.get(node.id)
    known = function.visible - function.module.globals
    if node.id not in (known | site.local | {*function.names, *function.module.values}):
        return  # a function, a class, a module
    names = [n for n in site.names() if n != node.id]
    crowd = min(1.0, (6 / max(len(names), 1)) ** 0.5)
    base = 0.7 if site.role == "base" and isinstance(site.parent, ast.Attribute) else 1.0
    nested = {*function.own, *site.local}
    for name in names:
        near = 1.0 if name in nested else 0.6
        yield site.put("variable/name", name, crowd * base * near * fit(kinds.get(name), kind))
    values = [n for n in function.module.values if n != node.id and n not in names]
    for name in values[:8]:
        yield site.put("variable/outer", name, (2 / max(len(values), 2)) ** 0.5)


def attributes(site: Site) -> Iterator[Change]:
    """Another attribute name that the function uses; an attribute of a variable."""
    node = site.node
    pool = site.function.pool
    if isinstance(node, ast.Attribute) and site.role != "function":
        text = site.text
        end = text.end(node)
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        done = {node.attr}
        module = site.function.module.pool
        groups = (
            ("same", pool.attributes.get(owner, []) if owner else []),
            ("function", [a for names in pool.attributes.values() for a in names]),
            ("module", module.attributes.get(owner, [])),
            ("module", [a for names in module.attributes.values() for a in names][:12]),
        )
        for variant, names in groups:
            fresh = [n for n in names if n not in done]
            for name in fresh:
                if name not in done:
                    done.add(name)
                    edit = text.edit(end - len(node.attr), end, name)
                    crowd = min(1.0, (4 / len(fresh)) ** 0.5)
                    yield Change(f"attribute/{variant}", (edit,), crowd)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and site.role != "function":
        if isinstance(site.parent, ast.Attribute):
            return
        if node.id in site.function.names or node.id in site.local:
            for name in pool.attributes.get(node.id, []):
                yield site.put("attribute/same", f"{node.id}.{name}", 0.5)
            for name in pool.attributes.get("", [])[:3]:
                yield site.put("attribute/function", f"{node.id}.{name}", 0.2)
