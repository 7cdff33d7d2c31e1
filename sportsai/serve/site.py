"""What the server shows: the list of games, and each game's report with the script that takes answers."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sportsai.errors import SportsaiError
from sportsai.library import Library
from sportsai.library.corrections import FILE, default_name
from sportsai.library.desk import Desk
from sportsai.memory import give_back
from sportsai.report import build_report
from sportsai.report.colors import ink_on, team_colors
from sportsai.report.embed import script_json
from sportsai.report.remarks import day_text
from sportsai.resources import templates_folder

KEPT = 8  # reports held in memory, each 5 MB at most
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """HTML, and the content security policy that lets its own scripts run and no other."""

    html: bytes
    policy: str


def page_of(html: str) -> Page:
    """Return the page of HTML that sportsai wrote: its scripts are named by their digests, anything else is barred."""
    digests = [hashlib.sha256(text.encode("utf-8")).digest() for text in _SCRIPT.findall(html)]
    scripts = " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in dict.fromkeys(digests)) or "'none'"
    policy = (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Page(html.encode("utf-8"), policy)


@dataclass
class Build:
    """A report that is being made, or was: `done` is set when `page` or `error` is there."""

    mark: str
    done: threading.Event = field(default_factory=threading.Event)
    page: Page | None = None
    error: SportsaiError | None = None


class Site:
    """The pages of a library. Reports are made when first asked for, and kept until anything of them changes."""

    def __init__(self, library: Library, token: str, by: str | None = None) -> None:
        self.library, self.token, self.by = library, token, by or default_name()
        folder = templates_folder()
        self._env = Environment(
            loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        colors = team_colors(None, None)
        inks = {k: [ink_on(c) for c in getattr(colors, k)] for k in ("light", "dark")}
        self._style = Markup(self._env.get_template("style.css").render(colors=colors, inks=inks, ratio="1.5"))
        self._labels = (folder / "labels.js").read_text(encoding="utf-8")
        self._builds: dict[str, Build] = {}
        self._lock = threading.Lock()
        self._building = threading.Lock()  # one report at a time: two would take twice as long each
        self._rows: dict[str, tuple[str, dict[str, Any]]] = {}

    # ---- the list of games ---------------------------------------------------------------------------------------

    def index(self) -> Page:
        """Return the page that lists the games."""
        return self._page("games.html.j2", games=self.rows(), folder=str(self.library.folder))

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each game, the newest first; only games that changed are read again."""
        rows, ids = [], self.library.ids()
        for gone in self._rows.keys() - set(ids):
            self._rows.pop(gone, None)
        for game_id in ids:
            try:
                mark = self.mark(game_id)
                known = self._rows.get(game_id)
                if known is None or known[0] != mark:
                    known = (mark, self._row(game_id))
                    self._rows[game_id] = known
            except SportsaiError as bad:  # one damaged game does not hide the others
                known = ("", {"id": game_id, "title": game_id, "date": "", "league": "", "provider": "", "seen": "",
                              "events": str(bad), "said": ""})  # fmt: skip
            rows.append(known[1])
        return sorted(rows, key=lambda r: (r["date"], r["id"]), reverse=True)

    def _row(self, game_id: str) -> dict[str, Any]:
        facts, quality = self.library.facts(game_id), self.library.quality(game_id) or {}
        teams = [t["short_name"] or t["name"] for t in facts["teams"]]
        score = facts["score"]
        title = f" {score[0]}–{score[1]} ".join(teams) if score else " – ".join(teams)
        runs, said = self.library.runs(game_id), self.library.corrections(game_id)
        analysed = [r for r in runs if not r.get("kind")]
        events = "analysed " + day_text(str(analysed[-1]["made_at"])) if analysed and analysed[-1].get("made_at") else (
            "analysed" if analysed else "searched" if runs else "not analysed")  # fmt: skip
        seen = quality.get("observed_share")
        return {
            "id": game_id, "title": title, "date": facts["date"] or "", "league": facts["league"],
            "provider": facts["provider"] or "", "seen": "" if seen is None else f"{seen:.0%}", "events": events,
            "said": str(len(said)) if said else "",
        }  # fmt: skip

    # ---- a game's report -----------------------------------------------------------------------------------------

    def mark(self, game_id: str) -> str:
        """Return what a game's report depends on: its version, its runs and what people said."""
        folder = self.library.version(game_id)
        files = sorted((folder / "predictions").glob("*")) if (folder / "predictions").is_dir() else []
        parts = [folder.name, *(_stamp(p) for p in [*files, folder.parent / FILE])]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _others(self) -> str:
        """Return what a report's comparison with the other games depends on."""
        parts = []
        for game_id in self.library.ids():
            folder = self.library.version(game_id)
            parts += [folder.name, _stamp(folder / "predictions"), _stamp(folder.parent / FILE)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def report(self, game_id: str, wait_s: float) -> Build:
        """Return the report of a game, made or still being made after `wait_s`."""
        mark = self.mark(game_id) + self._others()
        with self._lock:
            build = self._builds.pop(game_id, None)
            if build is None or build.mark != mark or build.error is not None:
                build = Build(mark)
                threading.Thread(target=self._make, args=(game_id, build), daemon=True).start()
            self._builds[game_id] = build  # the last asked for stands last
            for old in list(self._builds)[:-KEPT]:
                del self._builds[old]
        build.done.wait(wait_s)
        return build

    def _make(self, game_id: str, build: Build) -> None:
        try:
            with self._building:
                html = build_report(self.library, game_id)
                build.page = page_of(self._with_labels(game_id, html))
        except SportsaiError as bad:
            build.error = bad
        except Exception as bug:  # our bug: its traceback is printed, and the page says so
            build.error = SportsaiError(f"the report could not be made ({type(bug).__name__})")
            raise
        finally:
            build.done.set()
            give_back()

    def _with_labels(self, game_id: str, html: str) -> str:
        """Return the report with the script that takes answers, and without the policy that forbids it to send them."""
        plain, n = _POLICY.subn("", html)
        head, end, tail = plain.rpartition("</body>")
        if n != 1 or not end:
            raise SportsaiError("the report has no place for the answers")
        about = script_json(self.about(game_id))
        more = f'<script type="application/json" id="served">{about}</script>\n<script>{self._labels}</script>\n'
        return head + more + end + tail

    def about(self, game_id: str) -> dict[str, Any]:
        """Return what labels.js reads: the token, the words to choose from, and what was said of which event."""
        desk = Desk(self.library, game_id)
        teams = [t["short_name"] or t["name"] for t in desk.facts["teams"]]
        kinds = desk.league.events
        titles = {t: kinds[t].label if t in kinds else t.replace("_", " ").capitalize() for t in desk.types}
        roster = [p for p in desk.facts["roster"] if p["side"] in (0, 1)]
        return {
            "token": self.token, "game": game_id, "by": self.by,
            "types": sorted(([t, title] for t, title in titles.items()), key=lambda x: str(x[1])),
            "players": [[p["id"], p["short_name"] or p["name"], teams[p["side"]]] for p in roster],
            "said": {e: s.latest.id for e, s in desk.said.by_event.items()},
            "refines": desk.run is not None and "labels" in desk.league.recipe_names(),
        }  # fmt: skip

    # ---- small pages ---------------------------------------------------------------------------------------------

    def waiting(self, game_id: str) -> Page:
        """Return the page that is shown while a report is being made; it asks again by itself."""
        title = next((r["title"] for r in [self._rows.get(game_id, ("", {}))[1]] if r), game_id)
        return self._page("waiting.html.j2", title=title)

    def wrong(self, text: str) -> Page:
        """Return the page that says what went wrong."""
        return self._page("wrong.html.j2", text=text)

    def _page(self, template: str, **values: Any) -> Page:
        return page_of(self._env.get_template(template).render(style=self._style, **values))


def _stamp(path: Path) -> str:
    try:
        about = path.stat()
    except FileNotFoundError:
        return f"{path.name} none"
    return f"{path.name} {about.st_size} {about.st_mtime_ns} {about.st_ino}"
