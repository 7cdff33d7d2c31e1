"""What a training of clips leaves behind: weights.safetensors, card.md, metrics.json; nothing in them can run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sportsai import __version__
from sportsai.clip_models import load_clip_model
from sportsai.clips.trained import Trained
from sportsai.errors import ModelError, SportsaiError
from sportsai.learn.tensor_file import read_tensors, write_tensors
from sportsai.learn.weights import FILE
from sportsai.library.atomic import store_errors, write_bytes
from sportsai.video.snippets import Reading

FORM = "sportsai clips 1"
AGAIN = "Copy the file again, or train: sportsai clips train FOLDER"
KEYS = ("names", "many", "temperature", "tuned", "length_s", "validation", "epoch", "cpu_s", "about", "colours")


def write_run(folder: Path, t: Trained, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write weights, card and scores into `folder`, each at once; return the weights' path. rows: of `fit.weighed`."""
    about = {k: getattr(t, k) for k in KEYS}
    about |= {"model": t.name, "config": asdict(t.config), "reading": asdict(t.reading), "version": __version__}
    with store_errors(folder, "writing what was trained", "--out"):
        folder.mkdir(parents=True, exist_ok=True)
        path = write_tensors(folder / FILE, t.model.state_dict(), FORM, about)
        scores = {**t.about, "model": t.name, "rows": [dict(r) for r in rows]}
        write_bytes(folder / "metrics.json", (json.dumps(scores, indent=1, ensure_ascii=False) + "\n").encode())
        write_bytes(folder / "card.md", card(t, rows).encode())
    return path


def load_trained(path: Path) -> Trained:
    """Return what `write_run` wrote; `path` is its folder or the weights.

    Raises ModelError, one line, for a file that is missing, damaged, a pickle, or of something else.
    """
    path = Path(path)
    path = path / FILE if path.is_dir() else path
    state, said, _ = read_tensors(path, FORM, AGAIN)
    try:
        room = load_clip_model(said["model"])
        config = room.Config(**said["config"])
        model = room.Model(config)
        model.load_state_dict(state)
        own = {k: said[k] for k in KEYS}
        own["names"] = tuple(own["names"])
        return Trained(said["model"], config, model.eval(), Reading(**said["reading"]), **own)
    except (SportsaiError, RuntimeError, KeyError, TypeError) as bad:
        raise ModelError(f"does not fit this version's model: {bad}", where=path, todo=AGAIN) from None


def card(t: Trained, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the model's card as Markdown."""
    a, r = t.about, t.reading
    each = "of each of these how likely it holds" if t.many else "one of"
    reads = f"{r.pictures // 2} pictures of {r.width} x {r.height} pixels, spread over a clip"
    lines = [
        f"# {t.name}: {a.get('title', 'clips')}",
        f"`{t.name}`, {t.parameters:,} numbers, seed {a.get('seed', 0)}, sportsai {__version__}. Weights: `{FILE}` "
        "beside this card.",
        "## What it does",
        f"Reads {reads}{', and its optical flow' if a.get('flow') else ''}. Says {each}: {', '.join(t.names)}. "
        f"Clips were {t.length_s:.1f} s long at the median"
        + (". Tuned to play at half and at twice the speed." if t.tuned else "."),
        "## What it was taught",
        f"{a.get('clips', 0)} clips of {len(a.get('games', ()))} games. Trained on {', '.join(a.get('train', ()))}; "
        f"the epoch, and all else that was chosen, by {', '.join(a.get('validation', ()))}; tested once on "
        f"{', '.join(a.get('test', ()))}. "
        + (f"Began from {a['backbone']}." if a.get("backbone") else "Began from random numbers."),
        "## Scores on the games that test",
        table(rows),
        "mAP: the mean of non-interpolated average precision over labels; its 95 % draws games anew, where there are "
        "three or more. A model that is not clearly above the regression has learned nothing that colours and flow do "
        "not tell.",
        "## Where it fails",
        "Other cameras, courts and shirts than those it was taught were never seen. It knows no label but these, and "
        "says one of them of anything.",
    ]
    return "\n\n".join(lines) + "\n"


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows of `fit.weighed` as a Markdown table."""
    columns = [k for k in rows[0] if k != "interval"] if rows else []
    lines = [f"| {' | '.join([*columns, 'mAP 95 %'])} |", f"|{'---|' * (len(columns) + 1)}"]
    for row in rows:
        cells = [f"{v:.3f}" if isinstance(v, float) else str(v) for v in (row[c] for c in columns)]
        interval = row.get("interval")
        cells.append("{:.3f} – {:.3f}".format(*interval) if interval else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
