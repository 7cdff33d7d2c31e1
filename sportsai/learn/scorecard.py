"""The model card of a task's blend, as Markdown: data, terms, scores beside every other model, calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sportsai.learn.blend import Blend
from sportsai.learn.recipe import Recipe
from sportsai.tasks import load_task

SHOWN = 12  # classes a confusion table can hold


def scorecard(
    recipe: Recipe, blend: Blend, about: Mapping[str, Any], table: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """Return the card. table: `compare`'s, whose figures are of games the scored models never saw. more: controls."""
    parts = [
        f"# {recipe.title}",
        f"Recipe `{recipe.league}/{recipe.name}`, {_members(blend, recipe.whole)}, {blend.parameters:,} numbers, seed "
        f"{about['seed']}, sportsai {about['version']}. Weights: `weights.safetensors` beside this card.",
        "## What it does",
        _does(recipe, about),
        _data(about),
        _scores(table),
        _controls(more),
        _confusion(table),
        _calibration(about, table),
        _fails(recipe),
    ]
    return "\n\n".join(p for p in parts if p) + "\n"


def _members(blend: Blend, whole: bool = False) -> str:
    count = {n: sum(m.name == n for m in blend.members) for n in blend.names}
    return ", joined with ".join(f"{c} x `{n}`" for n, c in count.items()) + (
        f" ({'what they say of each frame' if whole else 'log-probabilities'} averaged)"
        if len(blend.members) > 1
        else ""
    )


def _does(recipe: Recipe, about: Mapping[str, Any]) -> str:
    task = load_task(recipe.data.task)
    reads = getattr(task, "READS", "positions with the acting team attacking right")
    each = "Says of each how likely it holds" if getattr(task, "MANY", False) else "Says one of"
    says = f"{each}: {', '.join(about['names'])}." if about["names"] else "Says which of the players it is."
    options = ", ".join(
        f"{k} = {v}" for k, v in recipe.data.model_dump(mode="json").items() if k not in ("task", "games")
    )
    if recipe.whole:
        shown = "where the ball is" if recipe.data.ball_only else "where ball and players are"
        if getattr(recipe.data, "camera", False):
            shown = "where a drawn camera looks that follows the ball"
        few = getattr(recipe.module_of(recipe.model), "FEW", False)
        reads = f"the frames it asks for, as many as it is given: {shown} in them" if few else f"every frame: {shown}"
        says = f"says at each how sure it is of {', '.join(about['names'])}"
        if hasattr(recipe.module_of(recipe.model).Model, "looks"):  # it answers chunks as one
            says = (
                f"says of {recipe.data.chunk} frames as one whether they hold {', '.join(about['names'])}, and how "
                "much it looked at each: which minutes are worth seeing, not when exactly things happened"
            )
        return (
            f"Task `{recipe.data.task}`: {task.TITLE}. It reads {reads}, nothing else, and {says}. "
            f"Options: {options or 'none'}."
        )
    return (
        f"Task `{recipe.data.task}`: {task.TITLE}. It reads {recipe.frames} "
        f"sample{'s' * (recipe.frames != 1)} of {reads}, nothing "
        f"else. {says} Options: {options or 'none'}."
    )


def _data(about: Mapping[str, Any]) -> str:
    games = len(about["contests"])
    lines = [
        "## Data",
        f"{about['moments']:,} moments of {games} game{'s' * (games != 1)}. Terms: {about['terms']}.",
        "",
    ]
    lines += [f"- `{name}` sha256 `{sha}`" for name, sha in about["sources"].items()]
    lines += [f"- left out {count:,}: {why}" for why, count in about["refused"].items() if count]
    if about["windows"] and len(about["windows"]) <= SHOWN:
        lines += ["", f"| class | {about.get('unit', 'windows (moved ones too)')} |", "|---|---:|"]
        lines += [f"| {n} | {c:,} |" for n, c in about["windows"].items()]
    return "\n".join(lines)


def _scores(table: Mapping[str, Any] | None) -> str:
    if not table:
        return "## Scores\nNot measured: trained with --quick."
    return "\n".join(
        [
            "## Scores on games never seen",
            f"{table['note']} Mean over seeds, ± its standard deviation. The weights beside this card are trained on "
            "all games; these figures are of models trained without the game they are tested on.",
            "",
            *results(table),
        ]
    )


def _controls(more: Mapping[str, Any] | None) -> str:
    """Return what was left of a score with what could give the answer away out of reach."""
    rows = (more or {}).get("controls") or []
    if not rows:
        return ""
    names = [n for n in ("top-1", "top-3", "team-quarter", "chance") if n in rows[0]]
    lines = ["## Is it style?", str((more or {}).get("claim", "")), "",
             f"| control | what | games | {' | '.join(names)} |", "|---|---|" + "---:|" * (len(names) + 1)]  # fmt: skip
    lines += [
        f"| {r['name']} | {r['words']} | {r['games']} | {' | '.join(f'{r[n]:.3f}' for n in names)} |" for r in rows
    ]
    return "\n".join(lines)


def _figure(row: Mapping[str, Any], name: str) -> str:
    """Return a row's figure and its spread; nothing where that row has none (an unknown key is not validated)."""
    if name not in row["mean"] or row["mean"][name] != row["mean"][name]:
        return ""
    return f"{row['mean'][name]:.3f}" + (f" ± {row['sd'][name]:.3f}" if row["seeds"] > 1 else "")


def results(table: Mapping[str, Any]) -> list[str]:
    """Return the lines of a results table: every model, its figures, interval, size and cost."""
    every = list(table["rows"][0]["mean"])
    each = [n for n in every if n.startswith("AP ")]
    names = [n for n in every if n not in each] if len(each) > SHOWN else every
    head = table["headline"]
    lines = [
        f"| model | {' | '.join(names)} | {head} 95 % | {head} on validation | who | numbers | CPU-s to train |",
        "|---|" + "---:|" * (len(names) + 5),
    ]
    for row in _by(table, head):
        cells = [_figure(row, k) for k in names]
        between = "" if row["interval"] is None else "{:.3f} – {:.3f}".format(*row["interval"])
        held = "" if row["validation"] is None else f"{row['validation']:.3f}"
        who = "" if row.get("who") is None else f"{row['who']:.2f}"
        cost = "" if row["cpu_s"] is None else f"{row['cpu_s']:,.0f}"
        numbers = f"{row['parameters']:,}" if row["parameters"] else ""  # a support vector machine keeps none of ours
        cells += [between, held, who, numbers, cost]
        lines.append(f"| {row['model']} | {' | '.join(cells)} |")
    guess = [f"{table['chance'][k]:.3f}" if k in table["chance"] else "" for k in names]
    if not any(row["model"] == "chance" for row in table["rows"]):
        lines.append(f"| chance | {' | '.join(guess)} | | | | | |")
    lines.append("")
    lines += [verdict(table)]
    if len(each) > SHOWN:  # a line a class
        by = _by(table, head)
        lines += ["", f"| AP | {' | '.join(r['model'] for r in by)} |", "|---|" + "---:|" * len(by)]
        lines += [f"| {n[3:]} | {' | '.join(_figure(r, n) for r in by)} |" for n in each]
    return lines


def _by(table: Mapping[str, Any], head: str) -> list[Mapping[str, Any]]:
    """Return the rows, best first; what has no headline last."""
    return sorted(table["rows"], key=lambda r: (r["mean"][head] != r["mean"][head], -r["mean"][head]))


def verdict(table: Mapping[str, Any]) -> str:
    """Return the sentence that says what to use: what won on validation, and whether it beats gradient boosting."""
    best, head = table["best"], table["headline"]
    row = next(r for r in table["rows"] if r["model"] == best)
    if "verdict" in table:
        return str(table["verdict"])
    text = f"**Use {best}**: best on validation; {head} {row['mean'][head]:.3f} on games never seen."
    against = table["differences"].get(best)
    if against:
        gap, low, high = against
        sure = "" if low > 0 or high < 0 else ", which could be chance"
        text += f" Against gradient boosting {gap:+.3f} (95 % {low:+.3f} to {high:+.3f}{sure})."
    networks = [r for r in table["rows"] if r["model"] in table["differences"] and r["model"] in table["networks"]]
    if networks:
        top = max(networks, key=lambda r: r["mean"][head])
        gap, low, high = table["differences"][top["model"]]
        if gap <= 0:
            text += (
                f" No network alone beats gradient boosting here: the best of them, {top['model']}, lies {gap:+.3f}."
            )
        elif best not in table["networks"]:
            text += f" The best network alone, {top['model']}, lies {gap:+.3f} ({low:+.3f} to {high:+.3f}) against it."
    return text


def _confusion(table: Mapping[str, Any] | None) -> str:
    if not table or not table["confusion"] or len(table["names"]) > SHOWN:
        return ""
    names = table["names"]
    lines = [
        f"## What is taken for what\n{table['best']}, games never seen; rows are the truth.", "",
        "| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names),
    ]  # fmt: skip
    lines += [f"| {n} | " + " | ".join(map(str, row)) + " |" for n, row in zip(names, table["confusion"], strict=True)]
    return "\n".join(lines)


def _calibration(about: Mapping[str, Any], table: Mapping[str, Any] | None) -> str:
    text = (
        f"## Calibration\nLog-probabilities are divided by {about['temperature']:.2f} (chosen on validation), each "
        "member's by its own."
    )
    if about.get("unit") == "frames":
        text = "## Calibration\nWhat is said of a frame is taught as a probability, and stated as it is."
    elif "trust" in about:
        text = (
            "## Calibration\nHow likely a moment is to be real is read off its heat by a rising curve for each class, "
            "fitted on games that did not teach the model."
        )
    if table:
        r = table["reliability"]
        text += (
            f" Expected calibration error of {r['model']} on games never seen: {r['ece']:.3f} (`reliability.svg`).\n\n"
        )
        unit = "labels of frames" if about.get("unit") == "frames" else "moments"
        text += f"| said | right | {unit} |\n|---:|---:|---:|\n"
        text += "\n".join(f"| {p:.2f} | {right:.2f} | {n:,} |" for p, right, n in r["bins"])
    return text


def _fails(recipe: Recipe) -> str:
    task = load_task(recipe.data.task)
    own = [f"- {line}" for line in getattr(task, "FAILS", ())]
    common = "- Nothing is claimed for other competitions, cameras or providers until they are measured."
    return "## Where it fails\n" + "\n".join([*own, common])
