"""The code as the rules of the house read it: every file of wdj/ parsed once."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wdj.config import ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    path: Path

    @property
    def name(self) -> str:
        """From the root of the project: wdj/core/db.py."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    @property
    def imports(self) -> Iterator[tuple[str, int]]:
        """(dotted name, line) of everything imported, anywhere in the file: `from a import b` gives a and a.b."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((each.name, node.lineno) for each in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self.name}:{node.lineno}: imports are written in full here, not with dots"
                yield node.module or "", node.lineno
                yield from ((f"{node.module}.{each.name}", node.lineno) for each in node.names)


def sources(folder: str = "wdj") -> list[Source]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"no code under {folder}"
    return [Source(path) for path in found]


def length(function: Function) -> int:
    """Its lines, from `def` to the last."""
    return (function.end_lineno or 0) - function.lineno + 1
