"""Named features of windows: what the names say, the same for a window and its mirror image, gaps are NaN."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from sportsai.data.describe import MEANINGS, PLACE_MEANINGS, describe, describe_places
from sportsai.data.windows import OTHER, OWN, Windows


def scene(T: int = 9, reference: int = 4, P: int = 5, n: int = 1, ball: bool = True, seed: int = 0) -> Windows:
    """Key at place 2, mates at 0 and 3, opponents at 1 and 4 (more by turns); metres are units times 50."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-0.5, 0.5, (n, P, 1, 2)) + rng.uniform(-0.02, 0.02, (n, P, 1, 2)) * np.arange(T)[:, None]
    relation = np.array([[OWN, OTHER, OWN, OWN, OTHER] * 5][:1])[:, :P].repeat(n, 0)
    ball_xy = rng.uniform(-0.5, 0.5, (n, 1, 2)) + rng.uniform(-0.05, 0.05, (n, 1, 2)) * np.arange(T)[:, None]
    here = np.zeros(n, np.int64)
    return Windows(
        xy=xy.astype(np.float32), present=np.ones((n, P, T), bool), relation=relation.astype(np.int8),
        slot=np.tile(np.arange(P), (n, 1)), key=np.full(n, 2), ball=ball_xy.astype(np.float32),
        ball_present=np.full((n, T), ball), label=here, game=here, period=here.astype(np.int8), frame=here,
        first_frame=here, last_frame=here, request=np.arange(n), games=("g",), scale_m=50.0, reference=reference,
    )  # fmt: skip


def said(windows: Windows) -> dict[str, np.ndarray]:
    x, names = describe(windows)
    return dict(zip(names, x.T, strict=True))


def places(windows: Windows) -> dict[str, np.ndarray]:
    x, names = describe_places(windows)
    return dict(zip(names, np.moveaxis(x, -1, 0), strict=True))


def stem(name: str) -> list[str]:
    name = name.split("@")[0]
    neighbour = re.match(r"(mate|other)\d(_\w+)$", name)
    return list(neighbour.groups()) if neighbour else [name]


def test_every_feature_has_its_meaning_and_no_meaning_is_left_over() -> None:
    names = [s for n in describe(scene())[1] for s in stem(n)]
    assert set(names) == set(MEANINGS)
    assert {n.split("@")[0] for n in describe_places(scene())[1]} == set(PLACE_MEANINGS)


def test_features_are_what_their_names_say() -> None:
    w = scene()
    f, metres = said(w), w.xy[0].astype(np.float64) * 50
    key, ball = metres[2], w.ball[0].astype(np.float64) * 50
    up = np.sign(key[4, 1])
    assert f["key_x"][0] == pytest.approx(key[4, 0], rel=1e-4)
    assert f["key_y"][0] == pytest.approx(abs(key[4, 1]), rel=1e-4)
    assert f["key_goal"][0] == pytest.approx(np.hypot(50 - key[4, 0], key[4, 1]), rel=1e-4)
    assert f["key_out@+1"][0] == pytest.approx((key[8, 1] - key[4, 1]) * up, rel=1e-3)
    assert f["ball_far@-1"][0] == pytest.approx(np.linalg.norm(ball[0] - ball[4]), rel=1e-3)
    away = np.linalg.norm(metres[:, 8] - ball[8], axis=-1)
    assert f["near_mate@+1"][0] == pytest.approx(min(away[0], away[3]), rel=1e-4)
    assert f["near_margin@+1"][0] == pytest.approx(min(away[1], away[4]) - away[[0, 2, 3]].min(), rel=1e-3)
    foes = sorted(np.linalg.norm(metres[[1, 4], 4] - key[4], axis=-1))
    np.testing.assert_allclose([f["other1_away"][0], f["other2_away"][0]], foes, rtol=1e-4)
    assert np.isnan(f["other3_away"][0])
    assert f["opp_last"][0] == pytest.approx(metres[[1, 4], 4, 0].max(), rel=1e-4)
    assert f["own_seen"][0] == 3
    assert f["ball_turn"][0] == pytest.approx(0, abs=1e-2)  # all go straight here
    assert f["ball_straight@after"][0] == pytest.approx(1, abs=1e-3)


def test_a_pass_is_seen_to_arrive_at_a_mate_and_a_loss_at_an_opponent() -> None:
    for place, side in ((3, 1), (1, -1)):
        w = scene(T=17, reference=8)
        w.xy[:] = np.array([[0, 0.3], [-0.4, 0.1], [0, 0], [0.4, 0.1], [0, -0.3]], np.float32)[None, :, None]
        w.ball[0, :9] = w.xy[0, 2, 0]
        w.ball[0, 9:13] = w.xy[0, 2, 0] + (w.xy[0, place, 0] - w.xy[0, 2, 0]) * np.linspace(0.25, 1, 4)[:, None]
        w.ball[0, 13:] = w.xy[0, place, 0]
        f = said(w)
        assert f["control_side"][0] == f["near_change_side"][0] == f["control_last"][0] == side
        assert 0 < f["near_change"][0] <= f["control"][0] <= 0.5
        assert f[f"path_cosine@{'mate' if side > 0 else 'other'}"][0] == pytest.approx(1, abs=1e-4)
        assert f["control_key@before"][0] == 1


def test_a_window_and_its_mirror_image_are_described_by_the_same_numbers() -> None:
    w = scene(n=20, P=5)
    turned = replace(w, xy=w.xy * [1, -1], ball=w.ball * [1, -1])
    np.testing.assert_allclose(describe(turned)[0], describe(w)[0], atol=1e-3)
    np.testing.assert_allclose(describe_places(turned)[0], describe_places(w)[0], atol=1e-3)


def test_the_order_of_the_places_does_not_matter() -> None:
    w = scene(n=20)
    order = np.array([3, 4, 0, 2, 1])
    other = replace(w, xy=w.xy[:, order], present=w.present[:, order], relation=w.relation[:, order],
                    key=np.full(20, 3))  # fmt: skip
    np.testing.assert_allclose(describe(other)[0], describe(w)[0], atol=1e-3)
    np.testing.assert_allclose(describe_places(other)[0], describe_places(w)[0][:, order], atol=1e-3)


def test_who_is_not_there_changes_nothing() -> None:
    w = scene(n=6)
    more = replace(
        w, xy=np.concatenate([w.xy, np.full_like(w.xy, 0.3)], 1),
        present=np.concatenate([w.present, np.zeros_like(w.present)], 1),
        relation=np.concatenate([w.relation, np.zeros_like(w.relation)], 1),
    )  # fmt: skip
    np.testing.assert_allclose(describe(more)[0], describe(w)[0], atol=1e-3)
    here = describe_places(more)[0]
    np.testing.assert_allclose(here[:, :5], describe_places(w)[0], atol=1e-3)
    assert np.isnan(here[:, 5:]).all()


@pytest.mark.parametrize("T, reference", [(1, 0), (2, 1), (2, 0), (16, 8), (16, 15), (64, 32)])
@pytest.mark.parametrize("ball", [True, False])
def test_any_window_can_be_described(T: int, reference: int, ball: bool) -> None:
    w = scene(T=T, reference=reference, n=7, ball=ball, P=3)
    w.present[1] = False
    w.present[2, 1:] = False
    for x, names in (describe(w), describe_places(w)):
        assert x.dtype == np.float32
        assert x.shape[-1] == len(names) == len(set(names))
        assert not np.isinf(x).any()
        assert ball or not any(n.startswith(("ball", "near_", "control", "path_")) for n in names)
    alone = [describe(w.take([i]))[0][0] for i in range(7)] if ball else []
    for i, x in enumerate(alone):
        np.testing.assert_allclose(x, describe(w)[0][i], atol=1e-3)


def test_names_do_not_depend_on_how_many_samples_there_are() -> None:
    assert set(describe(scene(T=17, reference=8))[1]) == set(describe(scene(T=65, reference=32))[1])


def test_a_candidate_is_described_as_seen_from_the_key() -> None:
    w = scene(P=5)
    w.xy[:] = np.array([[0.2, 0.1], [0.1, 0.01], [0.0, 0.0], [0.4, 0.0], [-0.3, 0.2]], np.float32)[None, :, None]
    f = {k: v[0] for k, v in places(w).items()}
    assert f["far"][3] == pytest.approx(20)
    assert list(f["far_rank"][[0, 3]]) == [0, 1]
    assert f["lane"][3] == pytest.approx(0.5)  # the opponent 5 m ahead, half a metre beside the line
    assert f["lane_at"][3] == pytest.approx(0.25)
    assert f["past"][3] == 1 and f["past"][0] == 1
    assert f["open"][3] == pytest.approx(50 * np.hypot(0.3, 0.01), rel=1e-4)
    assert f["lane_cone@0.1"][3] == 1 and f["lane_cone@0.1"][0] == 0
    assert f["goal_gain"][3] == pytest.approx(20)
    assert f["key_open"][3] == pytest.approx(50 * np.hypot(0.1, 0.01), rel=1e-4)
    assert f["shadow"][3] == pytest.approx(np.arctan2(0.1, 0.2), rel=1e-3)
    assert list(f["side"]) == [1, -1, 1, 1, -1]
    assert list(f["deepest@him"]) == [0, 0, 1, 0, 0] and f["deepest@key"][3] == 1
    assert f["less@1"][3] == pytest.approx(20 - 50 * np.hypot(0.2, 0.1), rel=1e-4)
    assert f["above@far"][3] == pytest.approx(f["less@1"][3])
    assert f["alone@0.5"][3] == pytest.approx(50 * np.hypot(0.1, 0.01) - 10, rel=1e-4)


def test_the_way_to_the_end_line_and_the_free_lines_are_seen() -> None:
    w = scene(P=5)
    places = [[0.2, 0.3], [0.8, 0.002], [0.5, 0.0], [0.7, -0.3], [0.96, 0.01]]  # key at 2; opponents 1 and 4
    w.xy[:] = np.array(places, np.float32)[None, :, None]
    w.ball[0] = [0.5, 0.0]
    w.ball[0, :, 1] -= np.linspace(0.16, 0.08, 9, dtype=np.float32)  # half a metre a sample, from the side
    f = said(w)
    assert f["end_sight"][0] == pytest.approx(2 * np.arctan(0.07 / 0.5), rel=1e-3)
    assert f["end_blocked"][0] == 2 and f["own_end_blocked"][0] == 0
    assert f["end_lane"][0] == pytest.approx(0.1, rel=1e-2)
    assert f["end_lane2"][0] == pytest.approx(0.5, rel=1e-2)
    assert f["keeper_side"][0] == pytest.approx(0.5, rel=1e-2)
    assert f["keeper_away"][0] == pytest.approx(50 * np.hypot(0.46, 0.01), rel=1e-3)
    assert f["press@1"][0] == pytest.approx(50 * np.hypot(0.3, 0.002), rel=1e-3)
    assert f["end_own_nearer"][0] == 1 and f["end_opp_nearer"][0] == 2
    assert f["touch_closing"][0] == pytest.approx(0.5, rel=1e-3)
    assert f["touch_least"][0] == pytest.approx(0, abs=1e-3)
    assert f["touch_when"][0] == pytest.approx(50 * 0.12 / 0.5 / 9, rel=1e-2)
    assert f["lanes_free@0.2_ahead"][0] == 1 and f["lanes_free@0.2_back"][0] == 1
    assert f["lanes_gain@0.2"][0] == pytest.approx(10, rel=1e-3)


def test_what_was_done_since_the_first_sample_is_seen() -> None:
    w = scene(T=17, reference=16, P=5)
    places = np.array([[0, 0.1], [0.04, 0.1], [-0.1, 0.02], [0, 0.2], [0.04, 0.2]])
    move = np.array([[-0.04, 0], [0.02, 0], [-0.02, 0], [-0.08, 0.02], [0.04, 0]])
    w.xy[0] = places[:, None] + move[:, None] * np.linspace(0, 1, 17)[:, None]
    w.ball[0] = np.linspace([0, 0.02], w.xy[0, 2, -1], 17)  # to the key, behind where it was
    f = said(w)
    assert f["start_ball_dx@0"][0] == f["start_key_dx@0"][0] == pytest.approx(-6, rel=1e-3)
    assert f["start_mate_dx@0_near"][0] == pytest.approx(-3, rel=1e-3)
    assert f["start_mate_least@0_near"][0] == pytest.approx(-4, rel=1e-3)
    assert f["start_mate_dx@-0.5_near"][0] == pytest.approx(-1.5, rel=1e-3)
    assert f["start_mate_x@0_near"][0] == pytest.approx(-3, rel=1e-3)
    assert f["start_other_dx@0_near"][0] == pytest.approx(1.5, rel=1e-3)
    assert np.isnan(f["start_other_dx@0_next"][0])
    assert f["holder_key@0"][0] == 0 and f["holder_last@0"][0] == 0
    assert f["holder_dx@0"][0] == pytest.approx(-6, rel=1e-3)
    assert f["holder_vx@0"][0] == pytest.approx(-1 / 16, rel=1e-2)
