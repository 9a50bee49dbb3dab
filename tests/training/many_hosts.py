"""Train on one of two hosts, or on a single one: `many_hosts.py OUT HOSTS HOST CASE...`.

Writes the weights, metrics and samples of each case to `OUT`, an `.npz` file.
"""

import atexit
import sys
import time

import numpy as np

from keras_resgen.training import distributed
from tests.training import tiny


def batches(data):
    """Return whole batches, the same on every host."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(data if len(data) > 1 else data[0]).batch(8)


def train(case):
    """Return the weights and metrics of two epochs of three steps, and samples."""
    data = tiny.data(case)
    # Twelve images to validate with make a batch of eight and one of four.
    held_out = batches(tuple(part[:12] for part in data))
    model = tiny.create(case)
    model.compile(tiny.optimizer())
    history = model.fit(batches(data), epochs=2, verbose=0, validation_data=held_out).history
    evaluated = model.evaluate(held_out, return_dict=True, verbose=0)
    assert np.allclose(
        [evaluated[k] for k in evaluated], [history[f"val_{k}"][-1] for k in evaluated]
    )
    metrics = np.array([history[name] for name in sorted(history)])
    return [*model.get_weights(), metrics, tiny.samples(model)]


if __name__ == "__main__":
    out, hosts, host, *cases = sys.argv[1:]
    with distributed(1, list(filter(None, hosts.split(","))), int(host)):
        results = {f"{case} {i}": array for case in cases for i, array in enumerate(train(case))}
        if int(host) > 0:
            atexit.register(time.sleep, 1)  # the first host must not be gone by then
    np.savez(out, **results)
