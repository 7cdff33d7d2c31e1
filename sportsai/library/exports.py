"""Events as files other programs open: CSV for spreadsheets, SportsCode XML for video tools."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from sportsai.library.atomic import store_errors, write_bytes

RISKY = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


def safe_csv(table: pd.DataFrame) -> str:
    """Return a table as CSV; a text that a spreadsheet would take for a formula gets an apostrophe, a heading too.

    A text with a carriage return is quoted, so that what stands behind it begins no row.
    """
    safe = table.rename(columns=_told)
    broken = False
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            broken = broken or any(isinstance(v, str) and "\r" in v for v in safe[column])
            safe[column] = [_told(v) for v in safe[column]]
    return safe.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC if broken else csv.QUOTE_MINIMAL)


def _told(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def write_csv(events: pd.DataFrame, path: Path) -> Path:
    """Write events, a row each, lists and facts as JSON; a text that looks like a formula gets an apostrophe."""
    table = events.copy()
    for column in ("other_ids", "attributes"):
        table[column] = [json.dumps(v, default=str, ensure_ascii=False) for v in table[column]]
    with store_errors(path, "writing the moments", ""):
        write_bytes(path, safe_csv(table).encode("utf-8"))
    return path


def write_sportscode(events: pd.DataFrame, facts: Mapping[str, Any], path: Path) -> Path:
    """Write events as instances of a SportsCode timeline: start and end in seconds from the game's first frame on.

    Periods follow each other as in a recording without breaks, each as long as its frames. Codes are "<team> <event>";
    labels say how sure it is and when in its period. Source: Hudl Sportscode, XML edit list (file/ALL_INSTANCES).
    """
    tracks = facts.get("tracks") or {}
    rate = _rate(tracks)
    teams = [str(t.get("name", "")) for t in facts.get("teams", ())]
    root = ElementTree.Element("file")
    every = ElementTree.SubElement(root, "ALL_INSTANCES")
    for n, e in enumerate(events.to_dict("records"), 1):
        one = ElementTree.SubElement(every, "instance")
        side, at = int(e["side"]), float(e["t_s"])
        team = teams[side] if 0 <= side < len(teams) else ""
        start, end = (_at(int(e[k]), facts, rate) for k in ("start_frame", "end_frame"))
        texts = {"ID": str(n), "start": f"{start:.2f}", "end": f"{end:.2f}", "code": f"{team} {e['type']}".strip()}
        for tag, text in texts.items():
            ElementTree.SubElement(one, tag).text = text
        sure = "" if pd.isna(e["score"]) else f"{e['score']:.0%}"
        labels = {"period": str(e["period"]), "at": f"{int(at // 60)}:{at % 60:04.1f}", "sure": sure}
        for group, text in labels.items():
            label = ElementTree.SubElement(one, "label")
            ElementTree.SubElement(label, "group").text = group
            ElementTree.SubElement(label, "text").text = text
    ElementTree.indent(root)
    with store_errors(path, "writing the instances", ""):
        write_bytes(path, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
    return path


def _rate(tracks: Mapping[str, Any]) -> float:
    top, bottom = tracks.get("rate_hz") or (1, 1)
    return float(top) / float(bottom)


def _at(frame: int, facts: Mapping[str, Any], rate: float) -> float:
    """Return the seconds of a frame in a recording of the periods, one after another."""
    before = 0.0
    for period in facts.get("periods", ()):
        first, end = int(period["start_frame"]), int(period["end_frame"])
        if int(frame) <= end:
            return before + max(int(frame) - first, 0) / rate
        before += (end - first) / rate
    return before
