import keras
import numpy as np
import pytest

from keras_resgen.callbacks import FiniteGuard, RunCheckpoint


class DivergeInTheSecondEpoch(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate = [1e-6, 1e30][epoch]


def test_keeps_the_last_epoch_that_can_be_resumed(create, images, tmp_path):
    model = create("ae")
    model.compile(keras.optimizers.Adam())
    guard = FiniteGuard()
    path = tmp_path / "checkpoint.weights.h5"
    model.fit(
        images,
        batch_size=4,
        epochs=2,
        verbose=0,
        callbacks=[guard, RunCheckpoint(path, guard), DivergeInTheSecondEpoch()],
    )
    assert guard.failure
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    model.load_weights(path)
    assert int(model.optimizer.iterations) == 3  # steps of one epoch
    assert all(np.isfinite(variable.numpy()).all() for variable in model.optimizer.variables)


def test_the_name_decides_the_format(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.weights\.h5"):
        RunCheckpoint(tmp_path / "checkpoint.h5")
