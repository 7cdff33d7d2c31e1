"""What the further models told of the whole game: styles, receivers, pass or run, the log's moments, as page parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from sportsai.report.figures.choices import choices
from sportsai.report.figures.likeness import likeness
from sportsai.report.findings import Finding
from sportsai.report.material import Material
from sportsai.report.plays import Evidence
from sportsai.report.remarks import ordinal, type_text

LEAST_PASSES = 8  # of a player, for a row of his own
LEAST_P = 0.5  # of a pass, to be shown as unexpected
LEAST_SHOT = 0.05  # of a possession likely to end in a shot
MOST_UNEXPECTED, MOST_PLAYERS = 6, 10
CLAIM = "A claim of style is only made where it survives the controls."


def styles(m: Material, evidence: Evidence, plays: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Return the style panel: a figure a team, the score beside it, the controls. `plays`: each team's possessions."""
    part = m.part("styles")
    teams = part.get("teams") or []
    drawn = [likeness(m, evidence, t, p) for t, p in zip(teams, plays, strict=True)]
    few = [
        f"{m.names[int(t['side'])]}: {t['possessions']} possessions are too few to say what they look like."
        for t in teams
        if not t.get("enough")
    ]
    said = _style_score(part)
    return {
        "styles": [d for d in drawn if d is not None],
        "styles_few": few,
        "styles_score": said,
        "styles_trained": bool(part.get("trained_on")),
        "styles_by": part.get("possessions_by", ""),
        "controls": [_control(c) for c in part.get("controls") or ()],
        "claim": part.get("claim") or CLAIM,
    }


def _style_score(part: Mapping[str, Any]) -> str:
    scores = part.get("scores") or {}
    mean, chance = scores.get("mean") or {}, scores.get("chance") or {}
    if "top-1" not in mean:
        return "These weights came without a score on games they did not see: read the bars as a resemblance only."
    said = f"On {scores.get('items') or 0:,} possessions of games it never saw, the model named the right team in "
    said += f"{mean['top-1']:.0%}"
    if "top-1" in chance:
        said += f" (guessing: {chance['top-1']:.0%})"
    if "top-3" in mean:
        said += f", had it among three in {mean['top-3']:.0%}"
    together = next((v for k, v in mean.items() if "quarter" in k), None)
    return said + (f", and for a team’s quarter taken together in {together:.0%}." if together is not None else ".")


def _control(c: Mapping[str, Any]) -> dict[str, str]:
    def share(key: str) -> str:
        v = c.get(key)
        return f"{v:.0%}" if isinstance(v, (int, float)) else "–"

    return {"name": str(c["name"]), "top1": share("top-1"), "top3": share("top-3"), "quarter": share("team-quarter")}


def receivers(m: Material, evidence: Evidence) -> dict[str, Any]:
    """Return the receivers' panel: the teams' shares, players, the passes nobody would have expected."""
    part = m.part("receivers")
    drawn = choices(m, part.get("by_side") or ()) if part.get("known") else None
    if drawn is None:
        return {"choices": None, "choices_how": [], "unexpected": [], "choosers": [], "choices_head": ""}
    got = {
        i: a["receiver"]
        for i, a in zip(m.events.index, m.events["attributes"], strict=True)
        if isinstance(a, dict) and isinstance(a.get("receiver"), Mapping)
    }
    return {
        "choices": drawn,
        "choices_how": _receivers_how(m, part),
        "unexpected": _unexpected(m, evidence, got),
        "choosers": _choosers(m, evidence, got),
        "choices_head": "Where the passes go, and where a model would have sent them",
    }


def _receivers_how(m: Material, part: Mapping[str, Any]) -> list[str]:
    scores = part.get("scores") or {}
    mean = scores.get("mean") or {}
    seen = part.get("seen")
    said = (
        f"Chosen among the team-mates on camera as the ball is played, {seen:.0f} of 10 on average, from where "
        "everybody stands and nothing later. "
        if isinstance(seen, (int, float))
        else ""
    )
    test = m.tests.get("pass")
    if test is not None and test.precision:
        said += f"Only {test.precision:.0%} of recognised passes are real ones: the shares hold what is none, too."
    if "top-1" in mean:
        three = f", one of its first three {mean['top-3']:.0%}" if "top-3" in mean else ""
        tested = (
            f"Where it was tested ({scores.get('contests')} matches it never saw, everybody’s position known) the "
            f"model’s first choice received {mean['top-1']:.0%} of the passes{three}: a pass elsewhere is no mistake."
        )
    else:
        tested = "These weights came without a score on matches they did not see: a pass elsewhere is no mistake."
    return [said.strip(), tested]


def _unexpected(m: Material, evidence: Evidence, got: Mapping[Any, Mapping[str, Any]]) -> list[Markup]:
    """Return the surest passes whose receiver was not among the three likeliest, the least likely first."""
    score = m.events["score"]
    odd = [i for i, g in got.items() if int(g["rank"]) > 3 and float(score.loc[i]) >= LEAST_P]
    odd.sort(key=lambda i: (float(got[i]["p"]), i))
    lines = []
    for i in odd[:MOST_UNEXPECTED]:
        e, g = m.events.loc[i], got[i]
        when = m.clock(int(e["period"]), float(e["t_s"]))
        what = f"{when} {m.player_name(e['player_id'])} to {m.player_name(g.get('id'))}"
        link = evidence.plays(what, f"unexpected-{i}", [int(i)], "choices")
        lines.append(
            Markup("{}: {} likeliest receiver, {:.0%}; a pass with probability {:.2f}").format(
                link, ordinal(int(g["rank"])), float(g["p"]), float(e["score"])
            )
        )
    return lines


def _choosers(m: Material, evidence: Evidence, got: Mapping[Any, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the players with most passes whose receiver is known: how many went where the model would send them."""
    mine: dict[str, list[int]] = defaultdict(list)
    for i in got:
        who = m.events["player_id"].loc[i]
        if isinstance(who, str):
            mine[who].append(int(i))
    rows = []
    for who, plays in sorted(mine.items(), key=lambda v: (-len(v[1]), v[0]))[:MOST_PLAYERS]:
        if len(plays) < LEAST_PASSES:
            continue
        first = [i for i in plays if int(got[i]["rank"]) == 1]
        odd = [i for i in plays if int(got[i]["rank"]) > 3]
        rows.append(
            {
                "name": m.player_name(who),
                "side": int(m.events["side"].loc[plays[0]]),
                "n": evidence.plays(len(plays), f"chose-{who}", plays, "choices"),
                "n_v": len(plays),
                "first": f"{len(first) / len(plays):.0%}",
                "first_v": f"{len(first) / len(plays):.4f}",
                "odd": evidence.plays(len(odd), f"odd-{who}", odd, "choices") if odd else "0",
                "odd_v": len(odd),
            }
        )
    return rows


def outcomes(m: Material, evidence: Evidence, plays: Sequence[int]) -> dict[str, Any]:
    """Return how possessions were likely to end, by team, and the ones likeliest to end in a shot."""
    part = m.part("outcomes")
    if not part:
        return {"outcomes": [], "outcomes_how": "", "shots": []}
    teams = [
        f"{m.names[s]}: {d['n']} possessions, {d['expected']['shot']:.1f} shots expected"
        for s, d in enumerate(part["by_side"])
        if d["n"]
    ]
    scores = part.get("scores") or {}
    mean = scores.get("mean") or {}
    tested = f" Average precision for shots where it was tested: {mean['AP shot']:.2f}." if "AP shot" in mean else ""
    lines = []
    for k, (e, play) in enumerate(zip(part["likeliest_shots"], plays, strict=True)):
        if e["p"] < LEAST_SHOT:
            continue
        what = f"{m.clock(e['period'], e['t_s'])} {m.player_name(e['player'])}, {m.names[e['side']]}"
        link = evidence.plays(what, f"start-{k}", [play], "outcomes")
        lines.append(Markup("{}: shot {:.0%}").format(link, e["p"]))
    how = (
        f"From where all 22 players and the ball are, and how fast, as a player takes the ball: {part['told']} of "
        f"{part['starts']} such starts.{tested}"
    )
    return {"outcomes": teams, "outcomes_how": how, "shots": lines}


REFINED = 8  # moments of a refined run that are told


def refined(m: Material, evidence: Evidence, plays: Mapping[int, int]) -> dict[str, Any]:
    """Return what the analyst gave and what it changed; `plays` is the number of a moment -> its play."""
    part = m.part("refine")
    if not part or not part.get("given"):
        return {"given": []}
    moved = [d for d in part["labels"] if abs(d["after"] - d["before"]) >= 0.05 or d["given"]]
    labels = [
        {"title": d["title"], "given": d["given"], "before": f"{d['before']:.1f}", "after": f"{d['after']:.1f}",
         "change": f"{d['after'] - d['before']:+.1f}"}
        for d in sorted(moved, key=lambda d: -abs(d["after"] - d["before"]))
    ]  # fmt: skip
    lines = []
    for k, e in enumerate(part["most"][:REFINED]):
        who = f" {m.player_name(e['player'])}" if e["player"] else ""
        what = f"{m.clock(e['period'], e['t_s'])}{who}, {m.names[e['side']] if e['side'] in (0, 1) else ''}"
        link: object = (
            evidence.plays(what, f"refined-{k}", [plays[e["number"]]], "refine") if e["number"] in plays else what
        )
        text = Markup("{}: {}, {:.0%} before, {:.0%} now").format(link, e["title"].lower(), e["before"], e["after"])
        if e["was"] != e["now"]:
            text += Markup("; likeliest event {} before, {} now").format(e["was_title"].lower(), e["now_title"].lower())
        lines.append(text)
    scores = (part.get("scores") or {}).get("mean") or {}
    tested = f" Mean average precision of these labels with none given, where it was tested: {scores['mAP']:.2f}." if (
        "mAP" in scores) else ""  # fmt: skip
    changed = f"At {part['changed']} of them the likeliest event is now another." if part["changed"] else (
        "Nowhere is the likeliest event another.")  # fmt: skip
    trained = " The model was trained on this very game." if part.get("trained_on") else ""
    how = (
        f"Said by the analyst, not seen by a model: {', '.join(part['given'])}. With what these labels imply and "
        f"exclude, {part['given_labels']:,} labels of {part['moments']} moments were fixed; all others are what the "
        f"model infers. {changed}{tested}{trained}"
    )
    return {"given": part["given"], "refined_how": how, "refined_labels": labels, "refined": lines}


def headlines(m: Material, evidence: Evidence) -> list[Finding]:
    """Return what goes before the findings: a play's own answer, or how a model reads the log's moments."""
    return [f for f in (_snap(m, evidence), _plays(m, evidence)) if f is not None]


def _snap(m: Material, evidence: Evidence) -> Finding | None:
    part = m.part("snaps")
    if not part:
        return None
    label = {"rush": "Run"}.get(str(part["type"]), str(part["type"]).capitalize())
    mine = [i for i, a in zip(m.events.index, m.events["attributes"], strict=True) if "classes" in a]
    link = evidence.plays(f"{label}, {part['p']:.0%}", "snap", mine, "run")
    after = f"{part['after_s']:g}"
    text = Markup("{}, {} seconds after the snap; {} samples.").format(link, _count(after), part["samples"])
    usual = f"The log says: {type_text(m, str(part['logged']))}." if part.get("logged") else "The log does not say."
    return Finding("snap", text, Markup("{}").format(usual), _tested(part), 99.0)


def _plays(m: Material, evidence: Evidence) -> Finding | None:
    part = m.part("plays")
    if not part or not part.get("told"):
        return None
    agree: list[int] = []
    differ: list[int] = []
    for i, a in zip(m.events.index, m.events["attributes"], strict=True):
        if "agrees" in a:
            (agree if a["agrees"] else differ).append(int(i))
    text = Markup("The model names the log’s own event at {} of {} moments.").format(
        evidence.plays(len(agree), "agree", agree, "run"), len(agree) + len(differ)
    )
    usual = Markup("It says otherwise at {}.").format(evidence.plays(len(differ), "differ", differ, "run"))
    return Finding("plays", text, usual, "Moments and players are from the log. " + _tested(part), 99.0)


def _tested(part: Mapping[str, Any]) -> str:
    """Return how right the model was where it was tested, and whether it saw this game in training."""
    scores = part.get("scores") or {}
    mean = scores.get("mean") or {}
    right = mean.get("accuracy")
    if right is not None:
        said = f"Right in {right:.0%} of {scores.get('items') or 0:,} it never saw ({scores.get('contests')} games)."
    else:
        said = "Not tested on games it never saw."
    return said + (" The model was trained on this very game: it may remember." if part.get("trained_on") else "")


def _count(text: str) -> str:
    return {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five"}.get(text, text)
