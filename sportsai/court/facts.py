"""What a league's TOML may say: the keys, their types and units, and one line for whatever is wrong.

Every key is documented in leagues/README.md. Lengths are in the file's own `unit` (a rule book's feet stay feet in the
file) and become metres here, once; nothing above this file sees another unit.
"""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from sportsai.errors import LeagueError, nearest, one_line
from sportsai.units import METRES_PER


def _number(value: object) -> object:
    """Turn a rule book's "53 1/3" or "160/3" into a float; anything else is left to pydantic."""
    if isinstance(value, bool):
        raise ValueError("a number, not true or false")
    if isinstance(value, str):
        try:
            size = sum(Fraction(part) for part in value.strip().removeprefix("-").split())
            return float(-size if value.strip().startswith("-") else size)
        except (ValueError, ZeroDivisionError):
            raise ValueError('a number such as 9.15 or "53 1/3"') from None
    return value


COLOUR, NAME = r"^#[0-9a-f]{6}$", r"^[a-z][a-z0-9_]*$"
PATTERNS = {COLOUR: 'a colour such as "#c8102e", in small letters', NAME: "a name of a-z, 0-9 and _, a letter first"}

Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Length = Number  # in the file's unit, metres after `in_metres`
Positive = Annotated[Length, Field(gt=0)]
Pair = tuple[Length, Length]
Colour = Annotated[str, Field(pattern=COLOUR)]
Unit = Literal["m", "cm", "ft", "in", "yd"]
Name = Annotated[str, Field(pattern=NAME)]

NEEDS: dict[str, tuple[str, ...]] = {
    "line": ("start", "stop"),
    "across": ("at_x",),
    "circle": ("centre", "radius"),
    "spot": ("centre", "radius"),
    "arc": ("centre", "radius"),
    "arch": ("centre", "radius", "within_y"),
    "rect": ("x",),
    "polygon": ("points",),
    "text": ("centre", "text", "height"),
}
"""The keys a shape of each kind must say."""

MAY: dict[str, tuple[str, ...]] = {
    "arc": ("angles", "beyond_x", "within_y"),
    "arch": ("to_x",),
    "rect": ("y",),
    "text": ("angle",),
}
"""The further keys that place a shape of a kind; the others are common to all."""

_PLACING = {key for keys in (*NEEDS.values(), *MAY.values()) for key in keys}


class Facts(BaseModel):
    """A table of the file; `lengths` names its keys that hold lengths."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    lengths: ClassVar[tuple[str, ...]] = ()

    def in_metres(self, unit: str) -> Any:
        """Return a copy with every Length turned from `unit` (or the table's own `unit`) into metres."""
        unit = getattr(self, "unit", None) or unit
        factor = METRES_PER[unit]
        changed = {}
        for key in self.model_fields_set:
            value = getattr(self, key)
            if isinstance(value, Facts):
                changed[key] = value.in_metres(unit)
            elif isinstance(value, tuple) and value and isinstance(value[0], Facts):
                changed[key] = tuple(v.in_metres(unit) for v in value)
            elif key in self.lengths:
                changed[key] = _times(value, factor)
        return self.model_copy(update={**changed, **({"unit": "m"} if "unit" in type(self).model_fields else {})})


class Repeat(Facts):
    lengths = ("by",)
    by: Pair
    times: int = Field(gt=0, le=200)


class PlaceFacts(Facts):
    """Where something lies; x and y are measured from the court's centre unless x_from, y_from say otherwise."""

    lengths: ClassVar[tuple[str, ...]] = (
        "start",
        "stop",
        "at_x",
        "centre",
        "radius",
        "x",
        "y",
        "points",
        "beyond_x",
        "within_y",
        "to_x",
    )
    name: Name
    x_from: Literal["centre", "end", "share"] = "centre"
    y_from: Literal["centre", "side", "share"] = "centre"
    mirror: Literal["", "x", "y", "xy"] = ""
    unit: Unit | None = None
    source: str = ""
    start: Pair | None = None
    stop: Pair | None = None
    at_x: Length | None = None
    centre: Pair | None = None
    radius: Positive | None = None
    x: Pair | None = None
    y: Pair | None = None
    points: tuple[Pair, ...] | None = None
    angles: tuple[Number, Number] | None = None
    beyond_x: Length | None = None
    within_y: Length | None = None
    to_x: Length | None = None

    @model_validator(mode="after")
    def _complete(self) -> PlaceFacts:
        kind: str = getattr(self, "kind", "rect")
        if "share" in (self.x_from, self.y_from) and kind != "rect":
            raise ValueError(f'kind "{kind}" cannot be placed by "share", only "rect" can')
        for key in NEEDS[kind]:
            if getattr(self, key) is None:
                raise ValueError(f'kind "{kind}" needs "{key}"')
        for key in sorted(_PLACING - {*NEEDS[kind], *MAY.get(kind, ())}):
            if getattr(self, key, None) is not None:
                raise ValueError(f'kind "{kind}" has no "{key}"')
        return self

    def in_metres(self, unit: str) -> Any:
        done = super().in_metres(unit)
        # a share of the court is not a length
        keep = {k: getattr(self, k) for k, w in (("x", self.x_from), ("y", self.y_from)) if w == "share"}
        return done.model_copy(update=keep)


class ShapeFacts(PlaceFacts):
    lengths = (*PlaceFacts.lengths, "paint", "height")
    kind: Literal["line", "across", "circle", "spot", "arc", "arch", "rect", "polygon", "text"]
    role: Literal["marking", "goal", "net", "word"] = "marking"
    colour: Colour | None = None
    dashed: bool = False
    filled: bool = False
    paint: Length = 0.0
    text: str | None = None
    height: Positive | None = None
    angle: Number | None = None
    repeat: Repeat | None = None


class ZoneFacts(PlaceFacts):
    kind: Literal["rect", "circle", "arch", "polygon"] = "rect"
    group: Name
    mirrored: Name | None = None
    title: str = ""

    @model_validator(mode="after")
    def _two_names(self) -> ZoneFacts:
        if self.mirror not in ("", "y") and self.mirrored is None:
            raise ValueError('a zone mirrored to the other end needs "mirrored", the name it has there')
        return self


class NetFacts(Facts):
    lengths = ("width", "height_men", "height_women")
    unit: Unit | None = None
    width: Positive
    height_men: Positive
    height_women: Positive
    source: str = ""


class GoalFacts(Facts):
    lengths = ("from_end", "width", "height", "depth")
    unit: Unit | None = None
    from_end: Length
    width: Positive
    height: Positive
    depth: Length = 0.0
    source: str = ""


class CourtFacts(Facts):
    lengths = ("length", "width", "corner_radius", "surround")
    name: Name | None = None
    unit: Unit = "m"
    length: Positive | None = None
    width: Positive | None = None
    corner_radius: Length = 0.0
    surround: Length = 0.0
    players_per_side: int | None = Field(default=None, gt=0)
    source: str = ""
    goal: GoalFacts | None = None
    net: NetFacts | None = None
    drop: tuple[Name, ...] = ()
    shapes: tuple[ShapeFacts, ...] = ()
    zones: tuple[ZoneFacts, ...] = ()


class ClockFacts(Facts):
    period_name: str | None = None
    periods: int | None = Field(default=None, gt=0)
    period_s: Number | None = Field(default=None, gt=0)
    overtime_periods: int = Field(default=0, ge=0)
    overtime_s: Number | None = Field(default=None, gt=0)
    counts: Literal["up", "down"] | None = None
    continues: bool = False
    source: str = ""


class EventFacts(Facts):
    label: str
    description: str = ""
    key_player: str = ""
    group: Name


class LabelFacts(Facts):
    nodes: dict[Name, str] = {}
    implies: dict[Name, tuple[Name, ...]] = {}
    part_of: dict[Name, tuple[Name, ...]] = {}
    excludes: tuple[tuple[Name, ...], ...] = ()


class TeamFacts(Facts):
    id: Name
    name: str
    short_name: str
    abbreviation: str
    colours: tuple[Colour, ...] = ()
    aliases: tuple[str, ...] = ()


class LeagueFacts(Facts):
    """One TOML file, a sport's or a league's."""

    full_name: str
    sport: Name | None = None
    source: str = ""
    court: CourtFacts = CourtFacts()
    clock: ClockFacts = ClockFacts()
    events: dict[Name, EventFacts] = {}
    labels: LabelFacts = LabelFacts()
    teams: tuple[TeamFacts, ...] = ()


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file's tables; raise LeagueError naming the line where it is broken."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise LeagueError("is not UTF-8 text", where=path, todo="Save it as UTF-8.") from None
    except OSError as error:
        raise LeagueError(f"cannot be read ({error.strerror})", where=path) from None
    try:
        return tomllib.loads(text)
    except ValueError as error:  # broken TOML, and numbers of thousands of digits
        what, _, at = str(error).rpartition(" (at ")
        place = at.rstrip(")").replace("end of document", f"line {text.count(chr(10)) + 1}")
        raise LeagueError(
            f"not valid TOML: {one_line(what or error)}",
            where=f"{path}, {place}" if at else path,
            todo="Mend that line.",
        ) from None
    except RecursionError:
        raise LeagueError("is nested too deeply", where=path, expected="tables as leagues/README.md shows") from None


def read_facts(path: Path) -> LeagueFacts:
    """Return a sport's or league's facts in metres; raise LeagueError naming file and key of the first fault."""
    raw = read_toml(path)
    try:
        facts = LeagueFacts.model_validate(raw)
    except ValidationError as error:
        raise _explained(path, raw, error) from None
    if facts.sport is None and facts.court.drop:
        raise LeagueError("a sport inherits nothing to drop", where=f'{path}, "court.drop"', todo="Remove the key.")
    return facts.model_copy(update={"court": facts.court.in_metres("m")})


def court_over(below: CourtFacts, above: CourtFacts) -> CourtFacts:
    """Lay a league's court over its sport's: its keys win, its shapes and zones replace those of the same name."""
    said = above.model_fields_set - {"drop", "shapes", "zones"}
    update: dict[str, Any] = {key: getattr(above, key) for key in said}
    update["shapes"] = _by_name(below.shapes, above.shapes, above.drop)
    update["zones"] = _by_name(below.zones, above.zones, above.drop)
    return below.model_copy(update=update)


def _by_name(below: tuple, above: tuple, drop: tuple[str, ...]) -> tuple:
    gone = {*drop, *(part.name for part in above)}
    return (*(part for part in below if part.name not in gone), *above)


def _times(value: Any, factor: float) -> Any:
    if value is None:
        return None
    return tuple(_times(v, factor) for v in value) if isinstance(value, tuple) else value * factor


def _explained(path: Path, raw: dict, error: ValidationError) -> LeagueError:
    """Turn pydantic's first complaint into one line: file, key, what it says, what was expected."""
    errors = error.errors()
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])  # a typo explains what is missing
    loc = [part for part in first["loc"] if part != "[key]"]
    where = f'{path}, "{_dotted(loc, raw)}"' if loc else str(path)
    if first["type"] == "extra_forbidden":
        return LeagueError("unknown key", where=where, todo=nearest(str(loc[-1]), _keys_at(loc[:-1])))
    if first["type"] == "missing":
        return LeagueError("is missing", where=where, expected="a value", todo="See leagues/README.md.")
    message = PATTERNS.get(first.get("ctx", {}).get("pattern", ""), first["msg"].removeprefix("Value error, "))
    if isinstance(first["input"], dict):
        return LeagueError(message, where=where, todo="See leagues/README.md.")
    shown = one_line(repr(first["input"]), 60)
    return LeagueError(f"is {shown}", where=where, expected=one_line(message[:1].lower() + message[1:]))


def _dotted(loc: list, raw: Any) -> str:
    """Write a place in the file as court.shapes[2].radius, with the shape's name where it has one."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            raw = raw[part] if isinstance(raw, list) and part < len(raw) else None
            name = raw.get("name") if isinstance(raw, dict) else None
            text += f"[{name if isinstance(name, str) else part}]"
        else:
            raw = raw.get(part) if isinstance(raw, dict) else None
            text += f".{part}" if text else str(part)
    return text


def _keys_at(loc: list) -> list[str]:
    """Return the keys known at a place in the file."""
    model: Any = LeagueFacts
    for part in loc:
        if isinstance(model, type) and issubclass(model, BaseModel) and part in model.model_fields:
            model = model.model_fields[part].annotation
        found = _model_in(model)
        model = found if found is not None else model
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the table inside dict[Name, EventFacts], tuple[ShapeFacts, ...] or Repeat | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_in, get_args(annotation)) if m), None)
