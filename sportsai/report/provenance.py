"""The quality page in words: how numbers are made, what was read, which model, and how to make the file again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy as np

from sportsai.library import DEFAULT_FOLDER
from sportsai.report.material import Material
from sportsai.report.players import HELD_S, LEAST_MIN, MOST_MPS2
from sportsai.resources import weights_folder


def command(
    m: Material, out: str | None, run_id: str | None, audience: str = "all", player: str | None = None
) -> str:  # fmt: skip
    """Return the command that makes this file again."""
    words = ["sportsai", "report", m.game.id, "-o", out or f"{m.game.id}-report.html"]
    if player is not None:
        words += ["--player", player]
    elif audience != "all":
        words += ["--for", audience]
    if m.folder != DEFAULT_FOLDER:
        words += ["--library", m.folder]
    if run_id is not None:
        words += ["--run", run_id]
    return shlex.join(words)


def how(m: Material) -> list[str]:
    """Return the paragraphs that explain the numbers."""
    out = [
        "Underlined numbers open their evidence: the plays (marked ▸), or the figure or table they were read "
        "from. A play shows its frames, its probability and the model that said so."
    ]
    if m.recognised and m.tests:
        said = "; ".join(
            f"{t.type}: {len(m.of(t.type))} × {t.precision:.2f} / {t.recall:.2f} = {m.count(t.type).expected:.0f}"
            for t in m.tests.values()
            if t.precision and t.recall and len(m.of(t.type))
        )
        out.append(
            "A team’s count is an estimate with the range that should hold the true number in 19 of 20 such "
            "cases: recognised × "
            "precision / recall of the test part, with the sampling error of both"
            + (f" ({said})" if said else "")
            + ". "
            "Precision is the share of recognised events that are right, recall the share of true events that are "
            "recognised. The range speaks of the play that was seen; what no camera showed cannot be recognised."
        )
    if m.recognised:
        out.append(
            "A single player’s events, or those in part of the "
            + (m.court.name or "court")
            + ", are too few for that. Theirs "
            "is how many of those recognised "
            "are right: the sum of their probabilities, with its own 95 % range."
        )
    elif len(m.events):
        out.append("The events are the provider’s log. A log is taken as it is, without a range.")
    if m.corrections:
        out.append(_corrected(m))
    if m.tracks is not None:
        out.append(
            f"Possession: {m.possession_by}. The {m.words.ball}’s place: where it was seen, else its holder’s."
            + _end(m)
        )
        out.append(
            "Minutes seen count the frames in which a player was on camera. Distances add up smoothed speed "
            "(0.7 s quadratic fit) over "
            "unbroken sightings only and are never stretched to the whole game; broadcast cameras mostly "
            f"show the {m.words.ball} in play, so metres a "
            f"minute lie above full-game figures. A top speed was held for {HELD_S} s, without a change above "
            f"{MOST_MPS2:.0f} m/s², by "
            f"players seen for {LEAST_MIN:.0f} minutes or more."
        )
    return out + _told(m)


def _corrected(m: Material) -> str:
    """Return how many events people answered, and what that does to the counts."""
    words = ("confirmed", "rejected", "relabelled", "added")
    n = sum(m.corrections[w] for w in words)
    each = ", ".join(f"{m.corrections[w]:,} {w}" for w in words if m.corrections[w])
    text = f"{n:,} event{'s' * (n != 1)} corrected by {' and '.join(m.corrections['by'])}: {each}. "
    text += "For these a count is exact; the estimate speaks of all others" + (
        ", and of what the model missed." if m.tests else "."
    )
    apart = m.corrections["alone"]
    if apart:
        text += f" {apart} of them found no event in this run and stand{'s' * (apart == 1)} alone."
    if m.corrections["unfound"]:
        text += f" {m.corrections['unfound']} of the rejections found none to reject."
    return text


def _end(m: Material) -> str:
    if not m.words.end:
        return ""
    if m.words.end == "final third":
        return f" The final third is the third of the {m.court.name}’s length nearest the goal a team attacks."
    metres = m.court.half_length_m - m.words.end_from_m
    where = m.court.name or "court"
    return f" The {m.words.end} is the last {metres:.1f} m of the {where} in the direction a team attacks."


def _told(m: Material) -> list[str]:
    """Return how further models came to what they say."""
    out = []
    if m.part("receivers"):
        out.append(
            "Likely receivers come from a model that sees where both teams stand as the ball is played, not the ball, "
            "and nothing later; who did receive it is what the recogniser saw afterwards."
        )
    if m.part("handovers"):
        out.append(
            "The second opinion is another model’s, told the moment and the player. It changes no event and no count."
        )
    if m.part("styles"):
        out.append(
            "A style is asked of each possession (five attackers and the ball, no names, no defence, 8.3 s); the "
            "answers are multiplied, each possession counting for "
            f"{m.part('styles').get('counts_for', 1):g} of one, because a game’s possessions repeat each other. The "
            "order of the teams says more than the percentages."
        )
    if m.part("snaps"):
        out.append(
            "Pass or run is told from where all 22 players and the ball are between the snap (the provider’s tag) and "
            f"{m.part('snaps')['after_s']:g} s after it. The log’s own word is never an input."
        )
    if m.part("plays"):
        out.append(
            "Each event’s moment and player are the provider’s log’s; its kind is recognised from everybody’s "
            "positions within a second before and after. The log’s own word is never an input."
        )
    return out


def models(m: Material) -> list[dict[str, Any]]:
    """Return each model that had something to say, with what it scored where it was tested and its card."""
    out = []
    for said in m.models:
        if not said.get("told", True):
            continue
        scores = said.get("scores") or {}
        mean, headline = scores.get("mean") or {}, scores.get("headline")
        score = "not tested on what it never saw"
        if said.get("capability") == "recognise":
            score = "see the figure above"
        elif headline in mean:
            low_high = list(scores.get("interval") or [])
            score = f"{headline} {mean[headline]:.2f}"
            score += f" ({low_high[0]:.2f}–{low_high[1]:.2f})" if len(low_high) == 2 else ""
            contests = scores.get("contests") or 0
            games = "one game, half against half" if contests == 1 else f"{contests} games"
            score += f", {scores.get('items') or 0:,} moments of {games}"
        out.append(
            {
                "tells": str(said.get("tells") or said.get("capability")),
                "title": str(said.get("title") or said.get("recipe")),
                "recipe": str(said.get("recipe")),
                "model": str(said.get("model")),
                "score": score,
                "this_game": "yes" if said.get("trained_on") else "no",
                "sha": str(said.get("weights_sha256") or "–"),
                "terms": str(said.get("terms") or ""),
                "card": said.get("card_text"),
            }
        )
    return out


def silent(m: Material) -> str:
    """Return the sentence that names the models that had nothing to say of this game, "" where all had."""
    said = [str(x.get("tells") or x.get("capability")) for x in m.models if not x.get("told", True)]
    return f"Had nothing to say of this game: {'; '.join(said)}." if said else ""


def run_facts(m: Material) -> list[tuple[str, str]]:
    """Return the model card's facts, as the run says them."""
    run = m.run or {}
    say: list[tuple[str, Any]] = [
        ("Model", run.get("model")),
        ("Recipe", run.get("recipe")),
        ("Run", run.get("run_id")),
        ("Made", run.get("made_at")),
        ("sportsai", run.get("version")),
        ("Weights, sha256", run.get("weights_sha256")),
        ("Model card", run.get("card")),
    ]
    total, read = run.get("frames_total"), run.get("frames_read")
    if isinstance(total, int) and isinstance(read, int) and total:
        say.append(("Frames read", f"{read:,} of {total:,} ({read / total:.0%})"))
    if isinstance(run.get("seconds"), (int, float)):
        say.append(("Time taken", f"{run['seconds']:.0f} s"))
    thresholds = run.get("thresholds") or run.get("threshold")
    if isinstance(thresholds, dict):
        say.append(
            (
                "Thresholds",
                ", ".join(f"{k} {v:.2f}" if isinstance(v, float) else f"{k} {v}" for k, v in thresholds.items()),
            )
        )
    elif thresholds is not None:
        say.append(("Threshold", thresholds))
    scores = m.events["score"].to_numpy(float)
    if np.isfinite(scores).any():
        say.append(("Lowest probability kept", f"{np.nanmin(scores):.2f}"))
    return [(k, str(v)) for k, v in say if v is not None]


def card(m: Material) -> str | None:
    """Return the text of the model's card where it ships with this sportsai, None where it does not."""
    named = str((m.run or {}).get("card") or "")
    shipped = weights_folder().resolve()
    parts = Path(named).parts
    if "weights" not in parts or Path(named).suffix != ".md":
        return None
    path = shipped.joinpath(*parts[parts.index("weights") + 1 :]).resolve()
    return path.read_text(encoding="utf-8") if path.is_relative_to(shipped) and path.is_file() else None


def search_how(m: Material) -> str:
    """Return how the key moments of a search were found, with what share of the frames; m: a material's search."""
    run = m.run or {}
    read, total = int(run.get("frames_read") or 0), int(run.get("frames_total") or 0)
    score, head = (run.get("scores") or {}).get("mean") or {}, (run.get("scores") or {}).get("headline")
    how = (
        f"The likeliest moments of a search of the whole game: {run.get('model')} read {read:,} of its {total:,} "
        f"frames of play ({read / max(total, 1):.0%})."
    )
    if head in score:
        how += f" On games it never saw its {head} is {score[head]:.2f}."
    if run.get("trained_on"):
        how += " It was trained on this very game: how sure it is proves little here."
    return how + (
        " A log is written a moment after the fact, and the model learned its times: whose it was is not said. "
        f"{m.names[0]} attack left to right; the dotted line is the {m.words.ball}’s way, faint before and dark after."
    )


def searched(m: Material) -> dict[str, Any]:
    """Return the parts of the page that tell of a search of the whole game: its run, notes, card and counts."""
    if m.search is None:
        return {"search": [], "search_notes": [], "search_card": None, "moments_table": []}
    run = m.search.run or {}
    rows = [
        [
            m.event_label(name), told.get("found"), f"{told.get('expected', 0):.1f}",
            "–" if told.get("logged") is None else told["logged"],
            "–" if told.get("AP") is None else f"{told['AP']:.2f}",
        ]
        for name, told in (run.get("types") or {}).items()
    ]  # fmt: skip
    notes = run_notes(m.search)
    return {"search": run_facts(m.search), "search_notes": notes, "search_card": run.get("card_text"),
            "moments_table": rows}  # fmt: skip


def run_notes(m: Material) -> list[str]:
    """Return the run's own notes as lines."""
    notes = (m.run or {}).get("notes") or []
    return [notes] if isinstance(notes, str) else [str(n) for n in notes]


def trained_parts(m: Material, types: list[str]) -> list[dict[str, Any]]:
    """Return, for each period, whether the weights saw it while they were trained, and what was recognised in it."""
    if not m.recognised or not len(m.events):
        return []
    out = []
    for period in m.periods:
        e = m.events[m.events["period"] == period]
        flags = [a.get("trained_on") for a in e["attributes"] if isinstance(a, dict) and "trained_on" in a]
        share = float(np.mean([bool(f) for f in flags])) if flags else None
        weights = (
            "not said"
            if share is None
            else "trained on this part"
            if share > 0.99
            else ("never saw this part" if share < 0.01 else f"trained on {share:.0%} of these events")
        )
        scores = e["score"].to_numpy(float)
        mean = f"{np.nanmean(scores):.2f}" if np.isfinite(scores).any() else "–"
        out.append(
            {
                "name": m.period_name(period),
                "weights": weights,
                "share": share,
                "mean": mean,
                "counts": [int((e["type"] == t).sum()) for t in types],
            }
        )
    return out


def events_text(m: Material) -> str:
    """Return "41 recognised, 9 logged"."""
    found = int(np.isfinite(m.events["score"].to_numpy(float)).sum())
    parts = [(found, "recognised"), (len(m.events) - found, "logged")]
    return ", ".join(f"{n:,} {what}" for n, what in parts if n) or f"0 {'recognised' if m.recognised else 'logged'}"


def read_facts(m: Material) -> list[tuple[str, str]]:
    """Return what was read, from where and under which terms."""
    g = m.game
    say = [("Provider", g.provider or "not stated"), ("Licence of the data", g.terms or "not stated")]
    if g.tracks is not None:
        t = g.tracks
        say.append(("Tracking", f"{t.T:,} frames at {float(t.rate_hz):g} Hz, {t.P} tracked identities"))
    say.append((m.court.name.capitalize() or "Court", f"{g.court_length_m:g} × {g.court_width_m:g} m"))
    say.append(("Events", events_text(m)))
    for what, n in g.repairs.items():
        say.append(("Set aside", f"{n:,} {what}"))
    if not g.repairs:
        say.append(("Set aside", "nothing"))
    for name, digest in g.source.items():
        say.append((f"File {name}", f"sha256 {digest}"))
    say.append(("This report", "sportsai, MIT licence; names, numbers and kits as the provider gives them"))
    return say
