"""Notebooks run from top to bottom, and written as pages that need nothing else: no script, no request."""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path
from typing import Any

from sportsai.docs import ROOT
from sportsai.errors import missing_extra
from sportsai.library.atomic import write_bytes

FOLDER, PAGES = ROOT / "notebooks", ROOT / "reports" / "examples" / "notebooks"
LONGEST_S = 300
PICTURE = re.compile(r"^# The picture: (.+)$", re.M)
STYLE = """
:root { color-scheme: light dark; --ink: #16191d; --soft: #5b6670; --page: #fff; --box: #f3f5f7; --line: #d6dbe0;
  --link: #14506e }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #9aa4ae; --page: #14171a; --box: #1d2226;
  --line: #343b42; --link: #7cc0e4 } }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 56rem;
  margin: 2rem auto 4rem; padding: 0 1rem }
h1 { font-size: 1.9rem; line-height: 1.2 } h2 { font-size: 1.25rem; margin-top: 2.2rem }
a { color: var(--link) } nav, footer { color: var(--soft); font-size: .9rem }
code, pre { font: .86rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace } code { background: var(--box) }
pre { background: var(--box); padding: .7rem .9rem; border-radius: 6px; overflow-x: auto; margin: .6rem 0 }
details > summary { color: var(--soft); font-size: .85rem; cursor: pointer; margin-top: 1rem }
pre.said { background: none; border-left: 3px solid var(--line); border-radius: 0; white-space: pre-wrap }
figure { margin: .8rem 0 } figure img, figure video { max-width: 100%; height: auto; background: #fff }
.table { overflow-x: auto } table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .7rem; text-align: right; border: 0; border-bottom: 1px solid var(--line);
  vertical-align: top; max-width: 34rem } table { border: 0 } thead th { color: var(--soft) }
td.word { text-align: left }
@media print { details:not([open]) > pre { display: block } body { margin: 0 } }
"""


def notebooks() -> list[Path]:
    """Return the notebooks in order."""
    return sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))


def run(path: Path, folder: Path) -> Any:
    """Run a notebook in `folder` and return it with what its cells gave; CellExecutionError says which cell failed."""
    try:
        import nbformat
        from nbclient import NotebookClient
    except ImportError:
        raise missing_extra("nbclient", "dev") from None
    made = nbformat.read(path, as_version=4)
    env = {k: v for k, v in os.environ.items() if k not in ("SPORTSAI_LEAGUES", "SPORTSAI_LIBRARY")}
    env |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "JUPYTER_PLATFORM_DIRS": "1"}
    client = NotebookClient(made, timeout=LONGEST_S, kernel_name="python3", resources={"metadata": {"path": folder}})
    return client.execute(env=env)


def page(made: Any, name: str) -> str:
    """Return a notebook that was run as one HTML page; code is folded, pictures have words in place of them."""
    body = [_prose(c["source"]) if c["cell_type"] == "markdown" else _cell(c) for c in made["cells"]]
    title = next(c["source"] for c in made["cells"] if c["cell_type"] == "markdown").split("\n")[0].lstrip("# ")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n<body>\n'
        f"<nav>sportsai, notebook <code>{escape(name)}</code></nav>\n<main>\n{chr(10).join(body)}\n</main>\n"
        f"<footer><p>Made again by <code>make notebooks</code>; the notebook itself is "
        f"<code>notebooks/{escape(name)}.ipynb</code>.</p></footer>\n</body></html>\n"
    )


def _prose(text: str) -> str:
    import mistune

    return str(mistune.html(text))


def _cell(cell: Any) -> str:
    source = cell["source"].strip()
    told = PICTURE.search(source)
    outputs = "\n".join(_output(o, told[1] if told else "") for o in cell["outputs"])
    lines = f"<details><summary>the lines that do this</summary><pre><code>{escape(source)}</code></pre></details>"
    return f"{lines}\n{outputs}"


def _output(output: Any, alt: str) -> str:
    if output["output_type"] == "stream":
        return "" if output["name"] == "stderr" else f'<pre class="said">{escape(output["text"].rstrip())}</pre>'
    data = output.get("data", {})
    if "image/png" in data:
        src = "data:image/png;base64," + data["image/png"].replace("\n", "")
        return f'<figure><img alt="{escape(alt or "a picture", quote=True)}" src="{src}"></figure>'
    if "text/html" in data:
        html = re.sub(r"<style.*?</style>|<script.*?</script>", "", data["text/html"], flags=re.S)
        html = re.sub(r"<td>([^<]*[^\W\d][^<]*)</td>", r'<td class="word">\1</td>', html.replace(">NaN<", ">–<"))
        return f'<div class="table" tabindex="0">{html}</div>' if "<table" in html else f"<figure>{html}</figure>"
    text = data.get("text/plain", "")
    return f'<pre class="said">{escape(text)}</pre>' if text and not text.startswith("<Axes") else ""


def write(into: Path = PAGES, only: str = "") -> list[Path]:
    """Run every notebook whose name has `only` in it and write its page; return the pages."""
    from tempfile import TemporaryDirectory

    pages = []
    for path in notebooks():
        if only in path.stem:
            with TemporaryDirectory() as folder:
                text = page(run(path, Path(folder)), path.stem)
            into.mkdir(parents=True, exist_ok=True)
            pages.append(into / f"{path.stem}.html")
            write_bytes(pages[-1], text.encode())
    return pages
