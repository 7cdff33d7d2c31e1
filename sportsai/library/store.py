"""One folder of games: written all or nothing, by several processes at once, read at any moment.

    <library>/sportsai.json                     says that this folder is a library, and its form
    <library>/games/<game>/current              names the version folder that counts
    <library>/games/<game>/v-<id>/...           game.json, frames, tracks, events (see `form`), quality.json
    <library>/games/<game>/v-<id>/predictions/<run>.parquet + <run>.json
    <library>/games/<game>/v-<id>/corrected/... the same tables with what people said of them worked in
    <library>/games/<game>/corrections.jsonl    what people said (`corrections`), which outlives every version

A version folder is filled under a dotted name, flushed, renamed, and only then named in `current` by one atomic
replace. A process killed anywhere leaves either the old version or the new one; what it left behind under dotted names
is swept by the next writer of that game.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sportsai.data import Game, empty_events
from sportsai.data.quality import quality
from sportsai.errors import StoreError, nearest, one_line
from sportsai.library import corrections as record
from sportsai.library import form
from sportsai.library.atomic import flush, locked, store_errors, write_bytes
from sportsai.library.corrected import Corrected, Files, correct, streams_of
from sportsai.library.corrections import LOG, Correction

DEFAULT_FOLDER = "sportsai-library"
_MARK = "sportsai.json"
_AGAIN = 50  # times that a game is read anew while others replace it
Answer = TypeVar("Answer")


def _strange(folder: Path) -> bool:
    """Whether a folder holds anything but a library that another process is making at this moment."""
    return any(p.name != "games" and not p.name.lstrip(".").startswith(_MARK.lstrip(".")) for p in folder.iterdir())


def _of_one_version(read: Callable[..., Answer]) -> Callable[..., Answer]:
    """Read again where the game was replaced meanwhile: the version that was being read is swept by its writer."""

    @wraps(read)
    def steady(self: Library, game_id: str, *args: Any, **kwargs: Any) -> Answer:
        for _ in range(_AGAIN):
            before = self.version(game_id)
            try:
                answer = read(self, game_id, *args, **kwargs)
            except StoreError:
                if self.version(game_id) == before:
                    raise
            else:
                if self.version(game_id) == before:
                    return answer
        return read(self, game_id, *args, **kwargs)

    return steady


class Library:
    """A folder of games.

    Parameters
    ----------
    folder: where it is. create: make it when it is not there (ingest does; reading never creates anything).
    """

    def __init__(self, folder: str | Path, *, create: bool = False) -> None:
        self.folder = Path(folder)
        mark = self.folder / _MARK
        if self.folder.exists() and not self.folder.is_dir():
            raise StoreError(
                "this is a file",
                where=self.folder,
                expected="a library folder",
                todo="Choose another folder with --library.",
            )
        if create:
            with store_errors(self.folder, "making the library"):
                if self.folder.is_dir() and _strange(self.folder) and not mark.exists():
                    raise StoreError(
                        "this folder holds other things and is not a sportsai library",
                        where=self.folder,
                        expected="a library, an empty folder or a new name",
                        todo="Choose another folder with --library.",
                    )
                (self.folder / "games").mkdir(parents=True, exist_ok=True)
                if not mark.exists():
                    write_bytes(mark, form.dump_json({"sportsai_library": form.FORM}))
        elif not mark.exists():
            raise StoreError(
                "there is no library here",
                where=self.folder,
                expected="a folder made by `sportsai ingest`",
                todo="Ingest a game first, or name the folder with --library.",
            )
        self._check_form(mark)

    def _check_form(self, mark: Path) -> None:
        try:
            made = orjson.loads(mark.read_bytes())["sportsai_library"]
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            raise StoreError(
                "this file is damaged",
                where=mark,
                expected="a library's mark",
                todo='Write {"sportsai_library": 1} into it if the folder is a library.',
            ) from None
        if made != form.FORM:
            raise StoreError(
                f"the library has form {made}",
                where=self.folder,
                expected=f"form {form.FORM}",
                todo="Use the sportsai version that made it.",
            )

    # ---- reading -------------------------------------------------------------------------------------------------

    def ids(self) -> list[str]:
        """Return the ids of all whole games, sorted."""
        games = self.folder / "games"
        return sorted(p.parent.name for p in games.glob("*/current")) if games.is_dir() else []

    def version(self, game_id: str) -> Path:
        """Return the folder of the game's current version; raise StoreError naming the nearest when there is none."""
        pointer = self.folder / "games" / game_id / "current"
        if not _is_name(game_id) or not pointer.is_file():
            known = self.ids()
            todo = nearest(game_id, known) if known else "The library is empty: ingest a game first."
            raise StoreError(f'no game "{one_line(game_id, 60)}" in this library', where=self.folder, todo=todo)
        with store_errors(pointer, "reading the library"):
            name = pointer.read_bytes().strip().decode("ascii", "replace")
        if not name.startswith("v-") or not _is_name(name) or len(name) > 60:
            raise StoreError("this file is damaged", where=pointer, expected="the name of a version",
                             todo="Ingest the game again.")  # fmt: skip
        return pointer.parent / name

    @_of_one_version
    def facts(self, game_id: str) -> dict[str, Any]:
        """Return a game's game.json: everything but its arrays."""
        path = self.version(game_id) / "game.json"
        facts = self._json(path)
        with form.as_kept(path):
            return form.check_facts(facts)

    def games(self) -> list[dict[str, Any]]:
        """Return every game's facts, in order of id."""
        return [self.facts(i) for i in self.ids()]

    @_of_one_version
    def load(self, game_id: str) -> Game:
        """Return a game with its tracks and events."""
        folder = self.version(game_id)
        facts = self._json(folder / "game.json")
        with form.as_kept(folder):
            return self._loaded(folder, form.check_facts(facts))

    def _loaded(self, folder: Path, facts: dict[str, Any]) -> Game:
        tracks = None
        if facts["tracks"] is not None:
            frames = form.read_parquet(folder / "frames.parquet")
            positions = form.read_parquet(folder / "tracks.parquet", form.POSITIONS)
            tracks = form.tracks_from_tables(frames, positions, facts["tracks"])
        has_events = (folder / "events.parquet").exists()
        events = form.events_from_table(form.read_parquet(folder / "events.parquet")) if has_events else None
        view = None
        if facts.get("view") is not None:
            boxes, views = (form.read_parquet(folder / f"{n}.parquet") for n in ("boxes", "views"))
            view = form.view_from_tables(boxes, views, facts["view"])
        return form.game_from_dict(facts, tracks, events, view)

    @_of_one_version
    def seen(self, game_id: str, kind: str, columns: Sequence[str], where: tuple[str, str, Any]) -> pa.Table | None:
        """Return columns of a game's "frames" or "tracks" where a condition holds, as ("frame", "==", 7); None of a
        game without them."""
        path = self.version(game_id) / f"{kind}.parquet"
        if self._json(path.parent / "game.json").get("tracks") is None:
            return None
        return form.read_parquet(path, columns, where)

    @_of_one_version
    def quality(self, game_id: str) -> dict[str, Any] | None:
        """Return the quality measured at ingest; None for a game without tracks."""
        path = self.version(game_id) / "quality.json"
        return self._json(path) if path.exists() else None

    @_of_one_version
    def runs(self, game_id: str) -> list[dict[str, Any]]:
        """Return the runs that made predictions for a game, newest last."""
        folder = self.version(game_id) / "predictions"
        found = [self._run(p) for p in folder.glob("*.json")] if folder.is_dir() else []
        return sorted(found, key=lambda r: (r.get("order") or 0, str(r.get("made_at")), str(r.get("run_id"))))

    def predictions(
        self, game_id: str, run_id: str | None = None, kind: str | None = None, *, corrected: bool = True
    ) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return a run's events and the run itself: the newest of a kind ("detect"; None: analyses), or `run_id`.

        corrected: with what people said of them; the run then has a summary of it under "corrections". False: the
        model's own, to measure it by.
        """
        table, run = self._own(game_id, run_id, kind)
        if not corrected:
            return table, run
        said = self._worked(game_id, table, run)
        return said.events, run | ({"corrections": said.summary} if said.summary else {})

    @_of_one_version
    def _own(self, game_id: str, run_id: str | None, kind: str | None) -> tuple[pd.DataFrame, dict[str, Any]]:
        runs = self.runs(game_id)
        chosen = [r for r in runs if (r.get("kind") == kind if run_id is None else r["run_id"] == run_id)]
        if not chosen:
            if run_id is None:
                what, command = ("searched", "detect") if kind == "detect" else ("analysed", "analyse")
                raise StoreError(
                    f"game {game_id} has not been {what}",
                    where=self.folder,
                    todo=f"Run `sportsai {command} {game_id}` first.",
                )
            raise StoreError(
                f'game {game_id} has no run "{run_id}"',
                where=self.folder,
                todo=nearest(run_id, [r["run_id"] for r in runs]),
            )
        run = chosen[-1]
        path = self.version(game_id) / "predictions" / f"{run['run_id']}.parquet"
        with form.as_kept(path):
            return form.events_from_table(form.read_parquet(path)), run

    def events(self, game_id: str) -> Corrected:
        """Return the events the provider logged (none: an empty table), with what people said of them."""
        return self._worked(game_id, self.own_log(game_id), None)

    @_of_one_version
    def own_log(self, game_id: str) -> pd.DataFrame:
        """Return the events as the provider logged them, an empty table where it did not."""
        path = self.version(game_id) / "events.parquet"
        with form.as_kept(path):
            return form.events_from_table(form.read_parquet(path)) if path.exists() else empty_events()

    def corrected(self, game_id: str, run_id: str | None = None, kind: str | None = None) -> Corrected:
        """Return a run's events as people left them, with the rejected ones and what counts of each."""
        return self._worked(game_id, *self._own(game_id, run_id, kind))

    def corrections(self, game_id: str) -> list[Correction]:
        """Return everything people said of a game's events, oldest first."""
        return record.read(self.version(game_id).parent / record.FILE)

    def _worked(self, game_id: str, own: pd.DataFrame, run: dict[str, Any] | None) -> Corrected:
        history = self.corrections(game_id)
        if not history:
            return Corrected(own, own.iloc[:0])
        return correct(own, history, *self._of(game_id, run))

    def _of(self, game_id: str, run: dict[str, Any] | None) -> tuple[frozenset[str], frozenset[str]]:
        """Return the ids under which a run's events (None: the log's) are known, and whose corrections are theirs."""
        if run is None:
            analysed = any(not r.get("kind") for r in self.runs(game_id))
            return frozenset(("",)), streams_of(LOG, analysed)
        ids = frozenset(str(run[k]) for k in ("run_id", "refined_from") if run.get(k))
        return ids, streams_of(run.get("kind"), True)

    def tables(self) -> dict[str, list[Path]]:
        """Return the Parquet files of each kind, for queries: frames, tracks, events, predictions.

        Events and predictions are as people corrected them.
        """
        found: dict[str, list[Path]] = {"frames": [], "tracks": [], "events": [], "predictions": []}
        for i in self.ids():
            for kind, paths in self._tables_of(i).items():
                found[kind] += paths
        return found

    @_of_one_version
    def _tables_of(self, game_id: str) -> dict[str, list[Path]]:
        folder = self.version(game_id)
        kinds = {kind: folder / f"{kind}.parquet" for kind in ("frames", "tracks")}
        newest = {r.get("kind"): r for r in self.runs(game_id)}
        log = self._corrected_table(game_id, folder, None)
        return {
            **{kind: [path] if path.exists() else [] for kind, path in kinds.items()},
            "events": [log] if log.exists() else [],
            "predictions": [self._corrected_table(game_id, folder, run) for run in newest.values()],
        }

    def _corrected_table(self, game_id: str, folder: Path, run: dict[str, Any] | None) -> Path:
        """Return the file of a run's events (None: the log's) as people left them."""
        own = folder / ("events.parquet" if run is None else f"predictions/{run['run_id']}.parquet")
        said = folder.parent / record.FILE
        if not said.exists():
            return own
        path, run_id = folder / "corrected" / own.relative_to(folder), None if run is None else str(run["run_id"])
        return Files(own, path, said, *self._of(game_id, run), game_id, run_id).fresh()

    def _run(self, path: Path) -> dict[str, Any]:
        run = self._json(path)
        if run.get("run_id") != path.stem:
            raise StoreError(f"this file is damaged (its run is {one_line(run.get('run_id'), 40)})", where=path,
                             expected=path.stem, todo="Analyse the game again.")  # fmt: skip
        return run

    def _json(self, path: Path) -> dict[str, Any]:
        try:
            said = orjson.loads(path.read_bytes())
        except FileNotFoundError:
            raise StoreError("this file is missing", where=path, todo="Ingest the game again.") from None
        except (OSError, orjson.JSONDecodeError) as bad:
            raise StoreError(f"this file is damaged ({bad})", where=path, todo="Ingest the game again.") from None
        if not isinstance(said, dict):
            raise StoreError("this file is damaged (it holds no object)", where=path, todo="Ingest the game again.")
        return said

    # ---- writing -------------------------------------------------------------------------------------------------

    def add(self, game: Game) -> Path:
        """Write a game, all or nothing, replacing an earlier version; return the version folder."""
        home = self.folder / "games" / game.id
        with store_errors(home, f"writing game {game.id}"):
            home.mkdir(parents=True, exist_ok=True)
            with locked(home / ".lock"):
                self._sweep(home)
                name = f"v-{uuid.uuid4().hex[:12]}"
                draft = home / f".{name}"
                try:
                    draft.mkdir()
                    self._fill(draft, game)
                    draft.rename(home / name)
                    write_bytes(home / "current", f"{name}\n".encode())
                finally:
                    shutil.rmtree(draft, ignore_errors=True)
                self._sweep(home)
        return home / name

    def _fill(self, folder: Path, game: Game) -> None:
        if game.tracks is not None:
            form.write_parquet(form.frames_table(game.tracks, game.id), folder / "frames.parquet")
            form.write_parquet(form.positions_table(game.tracks, game.id), folder / "tracks.parquet")
            measured = quality(game)
            assert measured is not None
            (folder / "quality.json").write_bytes(form.dump_json(measured.as_dict()))
        if game.view is not None:
            for name, table in form.view_tables(game.view).items():
                form.write_parquet(table, folder / f"{name}.parquet")
        if game.events is not None:
            form.write_parquet(form.events_table(game.events, game.id), folder / "events.parquet")
        (folder / "game.json").write_bytes(form.dump_json(form.game_to_dict(game)))
        for path in folder.iterdir():
            flush(path)
        flush(folder)

    def _sweep(self, home: Path) -> None:
        """Remove what a killed writer left and versions that no longer count. Held under the game's lock."""
        pointer = home / "current"
        counts = pointer.read_text().strip() if pointer.exists() else ""
        for path in home.iterdir():
            if path.is_dir() and path.name != counts:
                shutil.rmtree(path, ignore_errors=True)
        _sweep_drafts(home)

    def write_predictions(
        self, game_id: str, events: pd.DataFrame, run: dict[str, Any], *, made_of: Path | None = None
    ) -> Path:
        """Write the events of a run beside its game, all or nothing; return the Parquet file.

        run: must hold `run_id`; what made them (model, recipe, weights_sha256, version, made_at) stays with them. Its
        "order" is kept beside: which run came last is told by it, as clocks are set back. made_of: the `version` that
        the events were found in; StoreError where the game was read anew since.
        """
        run_id = str(run["run_id"])
        if not _is_name(run_id):
            raise StoreError(
                f'"{one_line(run_id, 60)}" cannot be a run id', expected="letters, digits, '.', '_' and '-'"
            )
        home = self.folder / "games" / game_id
        with store_errors(home, f"writing predictions of game {game_id}"):
            self.version(game_id)
            with locked(home / ".lock"):
                folder = self.version(game_id) / "predictions"
                if made_of is not None and folder.parent != made_of:
                    raise StoreError(f"game {game_id} was read anew meanwhile", where=self.folder,
                                     todo="Run the command again: nothing of it was kept.")  # fmt: skip
                folder.mkdir(exist_ok=True)
                _sweep_drafts(folder)
                order = max((int(r.get("order") or 0) for r in self.runs(game_id)), default=0) + 1
                sink = pa.BufferOutputStream()
                table = form.events_table(events, game_id, run_id)
                pq.write_table(table, sink, compression="zstd")
                write_bytes(folder / f"{run_id}.parquet", sink.getvalue().to_pybytes())
                write_bytes(folder / f"{run_id}.json", form.dump_json({**run, "order": order}))
        return folder / f"{run_id}.parquet"

    def correct(self, game_id: str, said: Sequence[Correction]) -> list[Correction]:
        """Keep what people said of a game's events, all of it or nothing, and return the whole history.

        Raises DataError for a withdrawal of what does not count, StoreError where the file is damaged.
        """
        home = self.version(game_id).parent
        path = home / record.FILE
        with store_errors(path, f"keeping corrections of game {game_id}"), locked(home / ".lock"):
            self.version(game_id)
            history = record.read(path)
            whole = record.together(history, said)
            _sweep_drafts(home)
            if len(whole) > len(history):
                record.write(path, whole)
        return whole

    def remove(self, game_id: str) -> None:
        """Remove a game: it stops counting at once, its files go after. What people said of it stays."""
        home = self.version(game_id).parent
        with store_errors(home, f"removing game {game_id}"):
            (home / "current").unlink()
            if not (home / record.FILE).exists():
                shutil.rmtree(home, ignore_errors=True)
                return
            with locked(home / ".lock"):
                self._sweep(home)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids())


def _sweep_drafts(folder: Path) -> None:
    """Remove the files that a killed writer did not finish. Held under the game's lock."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def _is_name(text: str) -> bool:
    return (
        0 < len(text) <= 200 and text[0] not in ".-" and all(c.isalnum() or c in "._-" for c in text) and text.isascii()
    )
