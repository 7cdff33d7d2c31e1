"""The model card: what a recogniser was made from, how good it is, where it fails, and what its numbers mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sportsai.search.train import Trained


def card(trained: Trained, table: Mapping[str, Any] | None = None) -> str:
    """Return the card as Markdown."""
    recipe, about = trained.fitted.recipe, trained.about
    parameters = sum(p.numel() for p in trained.fitted.model.parameters())
    parts = [
        f"# {recipe.title}",
        f"Model `{recipe.model}`, recipe `{recipe.league}/{recipe.name}`, {parameters:,} parameters, seed "
        f"{about['seed']}, sportsai {about['version']}. Weights: `weights.safetensors` beside this card.",
        "## What it does",
        f"Reads {recipe.config().frames} samples at {about['rate_hz']:g} Hz of a candidate player, the "
        f"{recipe.config().players - 1} players nearest to him and the ball, and says: {', '.join(recipe.names)}. The "
        "labels come from a provider's column that says who holds the ball; that column is never an input.",
        _data(about),
        _scores(table),
        _detection(trained, recipe.detect.tolerance_s),
        _calibration(trained, table),
        _FAILS,
    ]
    return "\n\n".join(p for p in parts if p) + "\n"


def _data(about: Mapping[str, Any]) -> str:
    lines = ["## Data"]
    for d in about["data"]:
        lines.append(
            f"- {d['title']}, {d['date']} (game {d['game']}, {d['provider']}). Terms: {d['terms']}. Periods "
            f"{d['train_periods']} trained (their last part validated), {d['test_periods']} tested."
        )
        lines += [f"  - `{name}` sha256 `{sha}`" for name, sha in d["source"].items()]
    names = list(next(iter(about["windows"].values())))
    lines += ["", "| windows | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    lines += [f"| {p} | " + " | ".join(f"{c:,}" for c in n.values()) + " |" for p, n in about["windows"].items()]
    lines += [
        "",
        "Windows of one event moved by a frame or two are counted, too. The open A-League matches are not used: they "
        "hold the ball's path and snapshots of players where possessions start and end, not the players' paths over "
        "time that a window needs.",
    ]
    return "\n".join(lines)


def _scores(table: Mapping[str, Any] | None) -> str:
    if not table:
        return ""
    text = ["## Scores: which event is it?", table["note"], ""]
    for way in table["ways"]:
        names = [k for k in way["rows"][0]["mean"] if k != "accuracy"]
        text += [f"{way['title']} ({way['items']} events)", "",
                 "| model | " + " | ".join(names) + " | mAP 95 % |", "|---|" + "---:|" * (len(names) + 1)]  # fmt: skip
        for row in way["rows"]:
            cells = [f"{row['mean'][k]:.3f}" + (f" ± {row['sd'][k]:.3f}" if row["seeds"] > 1 else "") for k in names]
            low, high = row["interval"]
            text.append(f"| {row['model']} | " + " | ".join(cells) + f" | {low:.3f} – {high:.3f} |")
        text += ["", way["difference"], ""]
    ahead = _ahead(table)
    if ahead:
        text.append(ahead)
    return "\n".join(text).rstrip()


def _ahead(table: Mapping[str, Any]) -> str:
    """Say it when gradient boosting on simple features is better than the network."""
    gaps = []
    for way in table["ways"]:
        scores = {r["model"]: r["mean"]["mAP"] for r in way["rows"]}
        gaps.append(scores["boosted"] - way["rows"][0]["mean"]["mAP"])
    if max(gaps) <= 0:
        return ""
    said = " and ".join(f"{g:+.3f}" for g in gaps)
    return (
        f"Gradient boosting on simple features names a known moment better than this network (mAP {said} the two ways "
        "round). The network is shipped because it needs no such features, reads any number of players and says who "
        "the key player is; it is not the best there is."
    )


def _detection(trained: Trained, tolerance_s: float) -> str:
    lines = [
        "## Scores: is it found in a whole half?",
        f"Test periods, every frame with the ball in view. A pass or turnover is found within {tolerance_s:g} s of its "
        "release, a carry inside its spell; each real event is found at most once. Thresholds come from validation. "
        "`real / found` says how many events one found stands for (95 % over one-minute blocks).",
        "",
        "| event | AP-ni | precision | recall | real | found | real / found | key player right | calibration error |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, d in trained.detection.items():
        r, low, high = d["count_ratio"]
        key = "" if d["key_right"] is None else f"{d['key_right']:.2f}"
        ece = "" if d["ece"] is None else f"{d['ece']:.3f}"
        lines.append(
            f"| {name} | {d['AP']:.3f} | {d['precision']:.2f} | {d['recall']:.2f} | {d['real']} | {d['found']} | "
            f"{r:.2f} ({low:.2f} – {high:.2f}) | {key} | {ece} |"
        )
    return "\n".join(lines)


def _calibration(trained: Trained, table: Mapping[str, Any] | None) -> str:
    text = (
        "## Calibration\n"
        f"Event classes are softened by the temperature {trained.fitted.temperature:.2f}, chosen on validation. The "
        "probability of a found event is a logistic function of the peak's height, the class shares and whose player "
        "is seen to control the ball next or be handed it by a plain rule of nearness, fitted on validation peaks; "
        "its expected calibration error on the test part "
        "stands in the table above."
    )
    if table and "ece" in table:
        text += f" Expected calibration error of the class alone, test events: {table['ece']:.3f}."
    return text


_FAILS = """## Where it fails
- Turnovers: few (a fifth of all handovers), and what tells one from a pass happens after the release, at the other end
  of the ball's path, often outside the window. Read a turnover's probability before believing it.
- The labels are themselves a provider's estimate of who held the ball: a touch it missed is a touch the model cannot
  learn.
- The test half was looked at more than once while the model was made; choices came from validation, still expect less
  elsewhere.
- One match of one competition and one camera system. Nothing is claimed for other matches until they are measured.
- Nothing is found where the camera does not show the ball; off-camera players are absent, not guessed.
- Headers, deflections, restarts and shots were taught as whatever the holder column made of them."""
