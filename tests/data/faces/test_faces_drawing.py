import subprocess
import sys

import numpy as np
import pytest

from keras_resgen.data import faces
from keras_resgen.data.faces import beard, body, eyes, glasses, hair, hat, head, mouth, nose
from keras_resgen.data.faces.canvas import Canvas, Patch
from keras_resgen.data.faces.cuts import CUTS
from keras_resgen.data.faces.factors import check_factors
from keras_resgen.data.faces.traits import derive


def _take(factors, index):
    return {name: values[index] for name, values in factors.items()}


def _difference(factors, first, second, size=32):
    """Absolute difference of two counterfactuals, `(n, size, size)`, in gray levels."""
    drawn = [
        faces.draw(faces.counterfactual(factors, **changes), size).astype(float)
        for changes in (first, second)
    ]
    return np.abs(drawn[0] - drawn[1]).mean(axis=-1)


def _run(code):
    """What another Python process prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("size", faces.SIZES)
def test_pictures_have_the_promised_form(size):
    pictures = faces.draw(faces.sample_factors(3), size)
    assert pictures.shape == (3, size, size, 3)
    assert pictures.dtype == np.uint8
    assert pictures.std(axis=(1, 2, 3)).min() > 15


@pytest.mark.parametrize("size", [32, 64, 128])
def test_a_picture_does_not_depend_on_those_drawn_with_it(size):
    factors = faces.sample_factors(150 if size == 32 else 40, seed=5)
    together = faces.draw(factors, size)
    order = np.random.default_rng(0).permutation(len(together))[:30]
    np.testing.assert_array_equal(faces.draw(_take(factors, order), size), together[order])
    alone = [faces.draw(_take(factors, slice(i, i + 1)), size)[0] for i in range(12)]
    np.testing.assert_array_equal(alone, together[:12])


def test_first_pictures_are_the_same_for_any_larger_number():
    few = faces.draw(faces.sample_factors(10, seed=9), 32)
    many = faces.draw(faces.sample_factors(700, seed=9), 32)
    np.testing.assert_array_equal(many[:10], few)


def test_pictures_are_the_same_in_another_process():
    code = (
        "import hashlib; from keras_resgen.data import faces; "
        "print(hashlib.sha256(faces.draw(faces.sample_factors(6, seed=2), 64)).hexdigest())"
    )
    assert _run(code) == _run(code)


def test_package_needs_numpy_alone():
    code = (
        "import sys; import keras_resgen.data.faces; "
        "print([m for m in ('keras', 'tensorflow', 'PIL', 'matplotlib') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


GOLDEN = {
    2: [
        [144.9, 160.8, 103.4, 131.3],
        [86.3, 87.0, 77.2, 89.5],
        [102.4, 96.4, 103.1, 107.5],
        [114.8, 93.9, 137.5, 117.6],
        [128.2, 129.3, 100.4, 100.4],
        [145.9, 119.3, 130.8, 96.1],
        [115.7, 128.5, 94.2, 116.0],
        [95.7, 98.9, 87.0, 105.3],
    ]
}
"""Mean gray level of the quarters of eight pictures, by version."""


def test_pictures_are_those_of_this_version():
    """Fails when pixels change: then count up `VERSION`, which every cache is keyed by."""
    pictures = faces.draw(faces.sample_factors(8, seed=0), 32).astype(float)
    quarters = pictures.reshape(8, 2, 16, 2, 16, 3).mean(axis=(2, 4, 5)).reshape(8, 4)
    np.testing.assert_allclose(quarters, GOLDEN[faces.VERSION], atol=0.3)


@pytest.mark.parametrize(
    ("size", "mean", "worst"), [(32, 0.6, 1.0), (64, 1.6, 3.0), (128, 1.6, 3.0)]
)
def test_sizes_show_the_same_picture(size, mean, worst):
    factors = faces.sample_factors(12, seed=7)
    small = faces.draw(factors, size).astype(float)
    large = faces.draw(factors, 2 * size).reshape(12, size, 2, size, 2, 3).mean(axis=(2, 4))
    difference = np.abs(small - large).mean(axis=(1, 2, 3))
    assert difference.mean() < mean
    assert difference.max() < worst


# Rows of a picture 32 high, beyond which the factor must not reach: (first, last).
REACH = {
    "smile": (13, 29),
    "mouth_opening": (17, 29),
    "eyeglasses": (8, 23),
    "beard": (11, 31),
    "mustache": (16, 28),
    "hat": (0, 19),
    "eye_color": (10, 22),
    "brow_height": (8, 20),
    "cloth_color": (24, 31),
}


@pytest.mark.parametrize(
    ("name", "first", "second", "visible"),
    [
        ("smile", 0, 1, 0.35),
        ("mouth_opening", 0.0, 0.8, 0.2),
        ("eyeglasses", 0, 1, 1.5),
        ("beard", 0, 1, 1.5),
        ("mustache", 0, 1, 0.15),
        ("hat", 0, 1, 5.0),
        ("eye_color", 0, 1, 0.03),
        ("brow_height", -1.0, 1.0, 0.2),
        ("cloth_color", 0.0, 0.5, 0.2),
    ],
)
def test_counterfactuals_are_seen_where_they_belong_and_nowhere_else(name, first, second, visible):
    factors = faces.counterfactual(
        faces.sample_factors(60, seed=11), beard=0, mustache=0, eyeglasses=0
    )
    difference = _difference(factors, {name: first}, {name: second})
    assert difference.mean() > visible
    assert (difference.max(axis=(1, 2)) > 0).mean() > 0.9
    top, bottom = REACH[name]
    assert not difference[:, :top].any()
    assert not difference[:, bottom + 1 :].any()


def test_background_leaves_the_face_alone():
    factors = faces.sample_factors(60, seed=12)
    difference = _difference(factors, {"background_hue": 0.1}, {"background_hue": 0.6})
    assert difference.mean() > 5
    assert not difference[:, 15:18, 15:18].any()


def test_hidden_factors_change_nothing():
    factors = faces.sample_factors(40, seed=13)
    for hidden in (
        (
            {"eyeglasses": 0, "eyeglasses_style": "sun"},
            {"eyeglasses": 0, "eyeglasses_style": "round"},
        ),
        ({"beard": 0, "beard_length": 0.0}, {"beard": 0, "beard_length": 1.0}),
        ({"smile": 0, "smile_amount": 0.0}, {"smile": 0, "smile_amount": 1.0}),
        ({"hat": 0, "hat_hue": 0.0}, {"hat": 0, "hat_hue": 0.4}),
        ({"mouth_opening": 0.1}, {"mouth_opening": 0.5}),
    ):
        assert not _difference(factors, *hidden).any()


@pytest.mark.parametrize("style", [cut for cut in CUTS if cut != "bald"])
def test_hair_is_seen_in_its_color(style):
    factors = faces.counterfactual(
        faces.sample_factors(30, seed=14), hair_style=style, hat=0, beard=0, mustache=0
    )
    assert _difference(factors, {"hair_color": "black"}, {"hair_color": "blond"}).mean() > 3
    assert _difference(factors, {}, {"hair_style": "bald"}).mean() > 2


@pytest.mark.parametrize("style", [cut for cut in CUTS if cut != "bald"])
def test_hair_leaves_no_gap_beside_a_turned_face(style):
    """Along the eyes, background shows outside head and hair only, never between the two."""
    factors = faces.counterfactual(
        faces.sample_factors(24, seed=15),
        hair_style=style,
        roll=0.0,
        pitch=0.0,
        yaw=np.linspace(-26.0, 26.0, 24),
        eyeglasses=0,
    )
    changed = _difference(factors, {"background_value": 0.2}, {"background_value": 0.9}, 64)
    cut = CUTS[style]
    # The tip of a bare ear stands off the head, as ears do.
    background = changed[:, 20 : 38 if cut is not None and cut.covers_ears else 28] > 4.0
    starts = (np.diff(background.astype(int), axis=-1) == 1).sum(axis=-1)
    assert starts.max() == 1  # one run from the left edge, one that starts to the right


def _parts():
    """Every part by name: its box, how to draw it, and the traits it is drawn with."""

    def same(traits):
        return traits

    def on_head(draw):
        return lambda patch: draw(patch, head.surface(patch.face, patch.u, patch.v))

    parts = {
        "skin": (head.head_box, on_head(head.draw_skin), same),
        "eyes": (eyes.eyes_box, on_head(eyes.draw_eyes), same),
        "brows": (eyes.eyes_box, on_head(eyes.draw_brows), same),
        "nose": (nose.nose_box, on_head(nose.draw_nose), same),
        "mouth": (mouth.mouth_box, on_head(mouth.draw_mouth), same),
        "beard": (beard.beard_box, on_head(beard.draw_beard), same),
        "mustache": (beard.mustache_box, on_head(beard.draw_mustache), same),
        "body": (lambda face: body.BOX, body.draw_body, body.body_face),
    }
    for side in (-1.0, 1.0):
        parts[f"ear {side:+g}"] = (
            lambda face, side=side: head.ear_box(face, side),
            lambda patch, side=side: head.draw_ear(patch, side),
            same,
        )
    for name, style in glasses.STYLES.items():

        def draw_glasses(patch, style=style):
            glasses.draw_glasses_shadow(patch, style)
            glasses.draw_arms(patch, style)
            glasses.draw_frame(patch, style)

        parts[f"{name} glasses"] = (glasses.glasses_box, draw_glasses, same)
    for name, cut in CUTS.items():
        if cut is not None:

            def draw_hair(patch, cut=cut):
                combed = hair.comb(patch, cut)
                combed.draw_behind(patch)
                combed.draw_front(patch)

            parts[f"{name} hair"] = (
                lambda face, cut=cut: hair.hair_box(face, cut),
                draw_hair,
                same,
            )
    for name, draw in hat.HATS.items():

        def draw_hat(patch, draw=draw):
            hat.draw_hat_shadow(patch)
            draw(patch)

        parts[name] = (hat.hat_box, draw_hat, same)
    return parts


@pytest.mark.parametrize("name", _parts())
def test_boxes_hold_their_parts(name):
    """A part that left its box would be cut off, or depend on the pictures drawn with it."""
    box, draw, adapt = _parts()[name]
    factors = faces.sample_factors(160, seed=16)
    extremes = np.random.default_rng(1).integers(0, 2, (len(factors), 64))
    for row, (key, factor) in zip(extremes, faces.FACTORS.items(), strict=True):
        if not factor.discrete:
            factors[key][:64] = np.where(row, factor.high, factor.low)
    traits = adapt(derive(check_factors(factors)))
    index = np.arange(160)
    drawn = []
    for limits in (box(traits), (-3.0, -3.0, 3.0, 3.0)):
        canvas = Canvas(160, 64)
        canvas.pixels[:] = 0.5
        patch = Patch.cut(canvas, traits, index, limits)
        draw(patch)
        patch.commit()
        drawn.append(canvas.images(1))
    assert (drawn[1] != 128).any()
    np.testing.assert_array_equal(drawn[0], drawn[1])


def test_chunks_come_in_order_and_progress_is_reported(monkeypatch):
    from keras_resgen.data.faces import drawing

    monkeypatch.setattr(drawing, "_CHUNK_PIXELS", 64**2 * 20)
    factors = faces.sample_factors(50, seed=4)
    chunks = list(faces.draw_chunks(factors, 64))
    assert [len(chunk) for chunk in chunks] == [20, 20, 10]
    reported = []
    whole = faces.draw(factors, 64, progress=reported.append)
    assert reported == [20, 40, 50]
    np.testing.assert_array_equal(np.concatenate(chunks), whole)


def test_no_faces_make_no_pictures():
    assert faces.draw(faces.sample_factors(0), 32).shape == (0, 32, 32, 3)


@pytest.mark.parametrize("size", [0, 16, 48, 512, 64.5, "64", None])
def test_bad_sizes_are_refused_at_once(size):
    with pytest.raises(ValueError, match="`image_size` to be one of 32, 64, 128, 256"):
        faces.draw_chunks(faces.sample_factors(1), size)
    with pytest.raises(ValueError, match="`image_size`"):
        faces.draw(faces.sample_factors(1), size)


def test_bad_factors_are_refused_at_once():
    with pytest.raises(ValueError, match="Received none of: smile"):
        faces.draw({}, 64)
    with pytest.raises(ValueError, match="`yaw` to be in the range"):
        faces.draw_chunks({**faces.sample_factors(2), "yaw": [0.0, 90.0]}, 64)
