import io

import keras
import pytest
from rich.console import Console

from keras_resgen.callbacks import TrainingProgress

SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"


class Interrupt(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise KeyboardInterrupt


def test_one_line_an_epoch_where_there_is_no_terminal(create, images):
    model = create("ae")
    model.compile()
    text = io.StringIO()
    progress = TrainingProgress(3, 4, Console(file=text, width=200))
    model.fit(images, batch_size=4, epochs=2, verbose=0, callbacks=[progress])
    lines = text.getvalue().splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert all("images/s" in line and "loss " in line for line in lines)


def test_an_interrupted_training_gives_the_cursor_back(create, images):
    model = create("ae")
    model.compile()
    text = io.StringIO()
    progress = TrainingProgress(3, 4, Console(file=text, force_terminal=True))
    with pytest.raises(KeyboardInterrupt):
        model.fit(images, batch_size=4, verbose=0, callbacks=[progress, Interrupt()])
    progress.close()
    progress.close()
    assert text.getvalue().rfind(SHOW_CURSOR) > text.getvalue().rfind(HIDE_CURSOR) >= 0
