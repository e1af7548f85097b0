"""A source text and where the nodes of its tree stand in it, in characters."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from typing import NamedTuple

from strop.core.patch import Edit
from strop.moves.mutate.precedence import ATOM, TEST, binding

__all__ = ["Code", "Text", "call"]

_NEWLINE = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"#[^\r\n]*")
_SPACE = " \t\r\n\f\\"


class Code(NamedTuple):
    """Text of an expression and how tightly it binds."""

    text: str
    level: int = ATOM

    def within(self, level: int) -> str:
        """The text as it must stand in a place that asks for `level`."""
        return self.text if self.level >= level else f"({self.text})"


def call(function: str, *arguments: Code) -> Code:
    """A call's code."""
    if len(arguments) == 1 and arguments[0].text.startswith("(") and _generator(arguments[0].text):
        return Code(function + arguments[0].text)
    return Code(f"{function}({', '.join(a.within(TEST) for a in arguments)})")


def _generator(text: str) -> bool:
    try:
        return isinstance(ast.parse(text, mode="eval").body, ast.GeneratorExp)
    except SyntaxError:
        return False


class Text:
    """One file's text, with offsets in characters (`ast` counts UTF-8 bytes within a line)."""

    def __init__(self, file: str, source: str) -> None:
        self.file = file
        self.source = source
        breaks = list(_NEWLINE.finditer(source))
        self.newline = breaks[0].group() if breaks else "\n"
        self.starts = [0, *(m.end() for m in breaks)]
        self._ends = [*(m.start() for m in breaks), len(source)]
        self._ascii = source.isascii()

    def offset(self, line: int, column: int) -> int:
        start = self.starts[line - 1]
        if self._ascii:
            return start + column
        raw = self.source[start : self._ends[line - 1]].encode()
        return start + len(raw[:column].decode(errors="ignore"))

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def segment(self, node: ast.expr | ast.stmt) -> str:
        return self.source[self.start(node) : self.end(node)]

    def line_of(self, offset: int) -> int:
        return bisect_right(self.starts, offset)

    def line_start(self, offset: int) -> int:
        return self.starts[self.line_of(offset) - 1]

    def line_end(self, offset: int) -> int:
        """Where the offset's line ends, before its newline."""
        return self._ends[self.line_of(offset) - 1]

    def after_line(self, offset: int) -> int:
        """Where the line after the offset's begins."""
        line = self.line_of(offset)
        return self.starts[line] if line < len(self.starts) else len(self.source)

    def edit(self, start: int, end: int, text: str) -> Edit:
        return Edit(self.file, start, end, text)

    def here(self, node: ast.expr) -> Code:
        """A node's code as it stands, to be put back in the same place."""
        level = binding(node)
        return Code(self.segment(node), level)

    def code(self, node: ast.expr) -> Code:
        """A node's code, on one line, fit for any place that its names allow."""
        if isinstance(node, ast.Tuple):
            parts = [self.code(element).within(TEST) for element in node.elts]
            return Code(f"({', '.join(parts)}{',' if len(parts) == 1 else ''})")
        text = self.segment(node)
        if "\n" in text or "\r" in text:
            text = ast.unparse(node)
        return Code(text, binding(node))

    def between(self, left: ast.expr, right: ast.expr) -> tuple[int, str]:
        """Where the text between two nodes begins, and that text with its comments blanked."""
        start = self.end(left)
        stretch = self.source[start : self.start(right)]
        return start, _COMMENT.sub(lambda m: " " * len(m.group()), stretch)

    def parentheses(self, node: ast.expr, parent: ast.AST) -> tuple[int, int] | None:
        """The stretch of the grouping parentheses right around a node, if it has some."""
        left, right = self.start(node) - 1, self.end(node)
        source = self.source
        while left >= 0 and source[left] in _SPACE:
            left -= 1
        while right < len(source) and source[right] in _SPACE:
            right += 1
        if left < 0 or right >= len(source) or source[left] != "(" or source[right] != ")":
            return None
        if (
            isinstance(parent, ast.Call)
            and node is not parent.func
            and (right == self.end(parent) - 1)
        ):
            return None
        return left, right + 1

    def put(self, node: ast.expr, parent: ast.AST, level: int, code: Code) -> Edit:
        """Put code in a node's place, which asks for `level`."""
        start, end = self.start(node), self.end(node)
        enclosing = parent if isinstance(node, ast.GeneratorExp) else None
        if isinstance(enclosing, ast.Call) and end == self.end(enclosing):
            # The parentheses are the call's.
            return self.edit(start + 1, end - 1, code.within(TEST))
        text = code.text
        if code.level < level or binding(node) < level:
            group = self.parentheses(node, parent)
            if code.level < level and group is None:
                text = f"({text})"
            elif code.level >= level and group is not None:
                start, end = group
        if start and _glued(self.source[start - 1], text[:1]):
            text = " " + text
        if end < len(self.source) and _glued(text[-1:], self.source[end]):
            text += " "
        return self.edit(start, end, text)


def _glued(left: str, right: str) -> bool:
    word = left.isalnum() or left == "_"
    return word and (right.isalnum() or right in ("_", "'", '"'))
