import numpy as np
import pytest

from keras_resgen.callbacks import BestWeights


def test_the_best_are_kept_and_can_be_loaded(create, tmp_path):
    model = create("ae")
    model.compile()
    best = BestWeights(tmp_path / "best", "metric", keep=2)
    best.set_model(model)
    best.on_train_begin()
    weights = []
    for epoch, metric in enumerate([5.0, 3.0, 4.0, None, 9.0, 1.0]):
        model.set_weights([weight + 1 for weight in model.get_weights()])
        weights.append(model.get_weights())
        best.on_epoch_end(epoch, {} if metric is None else {"metric": metric})
    assert best.kept == [(6, 1.0), (2, 3.0)]
    assert sorted(path.name for path in best.folder.iterdir()) == [
        "epoch-0002.weights.h5",
        "epoch-0006.weights.h5",
    ]
    other = create("ae")
    other.compile()
    other.load_weights(best.path(2))
    for one, expected in zip(other.get_weights(), weights[1], strict=True):
        np.testing.assert_array_equal(one, expected)


def test_more_can_be_better(create, tmp_path):
    written = []
    best = BestWeights(tmp_path, "metric", keep=1, mode="max", save=lambda path: _write(path, 1))
    best.set_model(create("ae"))
    for epoch, metric in enumerate([0.1, 0.3, 0.2]):
        best.on_epoch_end(epoch, {"metric": metric})
        written.append([path.name for path in tmp_path.iterdir()])
    assert written == [
        ["epoch-0001.weights.h5"],
        ["epoch-0002.weights.h5"],
        ["epoch-0002.weights.h5"],
    ]


def _write(path, text):
    path.write_text(str(text))


def test_another_training_begins_anew(create, tmp_path):
    best = BestWeights(tmp_path, "metric", keep=1, save=lambda path: _write(path, 1))
    best.set_model(create("ae"))
    for _ in range(2):
        best.on_train_begin()
        best.on_epoch_end(0, {"metric": 2.0})
        best.on_epoch_end(1, {"metric": 3.0})
        assert best.kept == [(1, 2.0)]
        assert best.path(1).is_file()


def test_weights_that_a_guard_has_put_back_are_not_the_epochs(create, tmp_path):
    best = BestWeights(tmp_path, "metric", save=lambda path: _write(path, 1))
    best.set_model(create("ae"))
    best.on_epoch_end(0, {"metric": 2.0, "loss": float("nan")})
    assert best.kept == []
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [({"keep": 0}, "keep must be 1 or more"), ({"mode": "low"}, 'mode must be "min" or "max"')],
)
def test_impossible_settings_are_refused(options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        BestWeights(tmp_path, "metric", **options)
