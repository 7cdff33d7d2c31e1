"""sportsai clips: models of short stretches of footage, taught from a table of clips; new footage labelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sportsai.cli._options import json_option, print_json, print_table, progress


@click.group("clips", short_help="Teach what clips of footage show; label new footage.")
def command() -> None:
    """Teach a model what short clips of footage show, and label new footage with it.

    Nothing is downloaded and no weights of such models ship: bring clips with labels, and the weights of a backbone if
    you have them.

    \b
    Examples:
      sportsai clips train my-clips --model stpn
      sportsai clips label half.mp4 --weights my-clips/stpn --csv labels.csv
    """


@command.command("train", short_help="Teach a model the clips a table names.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--label", "column", default="label", show_default=True, metavar="COLUMN",
              help="The table's column with the labels.")  # fmt: skip
@click.option("--model", "name", default="stpn", show_default=True,
              help="frame_net (pictures), stpn (a picture and flow), c3d (volumes), clip_activity (volumes, labels "
              "that may hold together, speeds).")  # fmt: skip
@click.option("--backbone", type=click.Path(path_type=Path),
              help="Weights of a residual network, safetensors, that frame_net and stpn begin from.")  # fmt: skip
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE",
              help="A key of the model's Config, as backbone=resnet18 or width=16; may be given again.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              help="Where weights, card and scores go; FOLDER/MODEL when not given.")  # fmt: skip
@click.option("--height", type=click.IntRange(32, 1080), default=72, show_default=True, help="Pixels of the pictures.")
@click.option("--width", type=click.IntRange(32, 1920), default=128, show_default=True, help="Pixels of the pictures.")
@click.option("--pictures", type=click.IntRange(8, 64), default=16, show_default=True, help="Pictures of a clip.")
@click.option("--snippets", type=click.IntRange(1, 9), default=3, show_default=True, help="Snippets of flow.")
@click.option("--fields", type=click.IntRange(1, 20), default=10, show_default=True, help="Flow fields of a snippet.")
@click.option("--epochs", type=click.IntRange(min=1), default=30, show_default=True, help="Passes, at most.")
@click.option("--batch", type=click.IntRange(min=4), default=8, show_default=True, help="Clips of a step.")
@click.option("--lr", type=click.FloatRange(min=0, min_open=True),
              help="Highest learning rate; 0.0005 for volumes and 0.002 for others when not given.")  # fmt: skip
@click.option("--mirror", is_flag=True, help="Also learn from mirror images: not where labels tell left from right.")
@click.option("--no-speeds", is_flag=True, help="Do not tune clip_activity to other speeds.")
@click.option("--turn", type=click.IntRange(min=0), default=0, show_default=True, help="Which fifth of games tests.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The same seed, same weights.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), default=Path("runs/clips"), show_default=True,
              help="Where clips that were read are kept: a stopped run goes on.")  # fmt: skip
@json_option
def train(
    folder: Path, column: str, name: str, backbone: Path | None, given: tuple[str, ...], out: Path | None, height: int,
    width: int, pictures: int, snippets: int, fields: int, epochs: int, batch: int, lr: float | None, mirror: bool,
    no_speeds: bool, turn: int, seed: int, keep: Path, as_json: bool,
) -> None:  # fmt: skip
    """Teach a model of clips what the clips in FOLDER show, and say how well it does on games it never saw.

    FOLDER holds clips.csv: file, game, label, and from_s, to_s where a clip is part of a file; labels that hold
    together stand with `;` between them. Games are dealt into five parts: one tests, once; one chooses the epoch; the
    rest train. Beside the model stand logistic regression on colours and flow, and the labels' shares.

    \b
    Examples:
      sportsai clips train my-clips
      sportsai clips train my-clips --model c3d --set width=16 --epochs 40
      sportsai clips train my-clips --model clip_activity --label what
      sportsai clips train my-clips --backbone resnet18.safetensors --set backbone=resnet18 --height 224 --width 398
    """
    from sportsai.clip_models import load_clip_model
    from sportsai.clips.fit import LR, TEACH, configured, teach
    from sportsai.clips.keep import write_run
    from sportsai.clips.score import weighed
    from sportsai.clips.shelf import FIRST, shelved
    from sportsai.clips.table import load_clips, parted
    from sportsai.clips.trained import asks_flow
    from sportsai.video.snippets import Reading

    options = _options(given)
    load_clip_model(name)
    clips = load_clips(folder, column)
    reading = Reading(FIRST * pictures, height, width, snippets, fields, fields)
    configured(name, len(clips.names), reading, options)
    if backbone is not None:
        _fits(name, len(clips.names), reading, options, backbone)
    split = parted(clips, turn)
    with progress("Reading clips") as advance:
        shelf = shelved(clips, reading, keep, progress=advance)
    t = TEACH.model_copy(
        update={"epochs": epochs, "batch": batch, "lr": lr or LR.get(name, TEACH.lr), "mirror": mirror, "seed": seed,
                "patience": max(epochs // 2, 1)}
    )  # fmt: skip
    with progress("Teaching") as advance:
        trained = teach(name, clips, shelf, split, t, options=options, backbone=backbone, speeds=not no_speeds,
                        progress=advance)  # fmt: skip
    with progress("Testing"):
        rows = weighed(clips, shelf, split, [trained])
    trained.about = {
        "title": column, "clips": len(clips), "games": clips.games, "seed": seed, "flow": asks_flow(name),
        "backbone": backbone.name if backbone else "",
        **{k: sorted({clips.game[i] for i in v}) for k, v in split.parts().items()},
    }  # fmt: skip
    path = write_run(out or folder / name, trained, rows)
    if as_json:
        print_json({**trained.about, "model": name, "tuned": trained.tuned, "rows": rows, "weights": str(path)})
        return
    print_table(
        ["on games never seen", "mAP", "accuracy", "balanced accuracy"],
        [[r["model"], r["mAP"], r.get("accuracy"), r.get("balanced accuracy")] for r in rows],
    )
    click.echo(
        f"{len(split.test)} clips of {', '.join(trained.about['test'])} tested, once; the epoch was chosen on "
        f"{', '.join(trained.about['validation'])}"
    )
    if rows[0]["mAP"] <= rows[1]["mAP"]:
        click.echo("It does not beat regression on colours and flow: more clips, or a backbone's weights, are needed.")
    click.echo(f"Next: sportsai clips label VIDEO --weights {path.parent}")


def _options(given: tuple[str, ...]) -> dict[str, str]:
    for one in given:
        if "=" not in one:
            raise click.BadParameter(f'"{one}" is no KEY=VALUE.', param_hint="--set")
    return dict(one.split("=", 1) for one in given)


def _fits(name: str, classes: int, reading: Any, options: dict[str, str], backbone: Path) -> None:
    """Raise before clips are read where a backbone's weights do not fit."""
    from sportsai.clip_models import load_clip_model
    from sportsai.clips.fit import begun, configured

    begun(name, load_clip_model(name).Model(configured(name, classes, reading, options)), backbone)


@command.command("label", short_help="Label new footage, window by window.")
@click.argument("video", type=click.Path(path_type=Path))
@click.option("--weights", required=True, type=click.Path(path_type=Path), help="What `sportsai clips train` wrote.")
@click.option("--window", "window_s", type=click.FloatRange(min=0, min_open=True),
              help="Seconds of a window; as long as the clips it was taught when not given.")  # fmt: skip
@click.option("--step", "step_s", type=click.FloatRange(min=0, min_open=True),
              help="Seconds between windows; half a window when not given.")  # fmt: skip
@click.option(
    "--least", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="How likely a label must be."
)
@click.option("--csv", type=click.Path(path_type=Path, dir_okay=False), help="Also write the events as CSV.")
@click.option("--xml", type=click.Path(path_type=Path, dir_okay=False), help="Also write them as SportsCode XML.")
@json_option
def label(
    video: Path, weights: Path, window_s: float | None, step_s: float | None, least: float, csv: Path | None,
    xml: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Label VIDEO with a model that `sportsai clips train` taught: a window slides over it, alike ones are one event.

    Labels called none, background, nothing or other are no events. How often it is right on games it never saw stands
    in the card beside the weights.

    \b
    Examples:
      sportsai clips label half.mp4 --weights my-clips/stpn
      sportsai clips label half.mp4 --weights my-clips/stpn --step 0.5 --least 0.8 --xml labels.xml
    """
    from sportsai.clips.keep import load_trained
    from sportsai.clips.label import as_moments, events
    from sportsai.clips.label import label as label_video
    from sportsai.library.atomic import store_errors, write_bytes
    from sportsai.library.exports import safe_csv, write_sportscode

    trained = load_trained(weights)
    with progress("Watching") as advance:
        said = label_video(video, trained, window_s, step_s, advance)
    found = events(said, least)
    if csv is not None:
        with store_errors(csv, "writing the events", "--csv"):
            write_bytes(csv, safe_csv(found.round(3)).encode())
    if xml is not None:
        write_sportscode(*as_moments(found), xml)
    if as_json:
        print_json({"windows": len(said.p), "events": found.round(3).to_dict("records")})
        return
    print_table(["from", "to", "label", "sure"], [[f"{a:.1f}", f"{b:.1f}", what, f"{p:.0%}"] for a, b, what, p in
                                                  found.itertuples(index=False)])  # fmt: skip
    scores = f"{trained.name}, {len(said.p)} windows, {len(found)} event{'s' * (len(found) != 1)}"
    click.echo(f"{scores}; validation mAP {trained.validation:.2f}: see card.md beside the weights")
    for path in (csv, xml):
        if path is not None:
            click.echo(str(path))
