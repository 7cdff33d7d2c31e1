"""docs/python.md: every public function with its docstring."""

from __future__ import annotations

import inspect
import re

HEAD = """# sportsai in Python

Written from the code by `make docs`; a test fails where this page is stale. The notebooks show these at work.

```python
import sportsai as sa
```

Importing sportsai imports nothing heavy. A game in a library is named by its id; a library is a `sa.Library` or the
path of its folder. What cannot be done raises a `sa.SportsaiError`, in one line.
"""


def text() -> str:
    """Return the page."""
    import sportsai as sa

    parts = [HEAD]
    for name in sa.__all__:
        found = getattr(sa, name)
        told = inspect.getdoc(found) or ""
        example = "\n".join(re.findall(r"^>>> (.+)$", told, re.M))
        prose = re.split(r"\n+Example\n-+\n", told)[0]
        prose = re.sub(r"^(\w+)\n-+$", r"**\1**\n", prose, flags=re.M)
        parts.append(f"## `sa.{name}`\n\n```python\n{_signature(name, found)}\n```\n\n{_literal(prose)}")
        if example:
            parts.append(f"```python\n{example}\n```")
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _signature(name: str, found: object) -> str:
    if inspect.isclass(found) and issubclass(found, Exception):
        return f"class {name}(Exception)"
    said = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(found)))  # type: ignore[arg-type]
    said = said.replace("<factory>", "{}")
    said = f"{'class ' if inspect.isclass(found) else ''}{name}{said}".replace(" -> None", "")
    if len(said) <= 100:
        return said
    inside, _, after = said.partition("(")[2].rpartition(")")
    return f"{said.partition('(')[0]}(\n    " + ",\n    ".join(_parted(inside)) + f",\n){after}"


def _parted(inside: str) -> list[str]:
    """Return a signature's parameters: parted at commas that stand in no bracket."""
    parts, depth = [""], 0
    for letter in inside:
        depth += (letter in "[({") - (letter in "])}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _literal(prose: str) -> str:
    """Return prose in which what looks like a tag stays text."""
    return prose.replace("<", "&lt;")
