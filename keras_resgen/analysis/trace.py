"""A network layer by layer: shapes, parameters, multiply-adds and receptive fields."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import keras

from keras_resgen.analysis.calls import Call, recorded_calls, symbolic_inputs
from keras_resgen.analysis.costs import multiply_adds
from keras_resgen.analysis.fields import Field, Reach, after, union

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CONVERSIONS = ("ConvertToTensor", "Cast")  # Keras's own, between layers
PADDINGS = ("ZeroPadding2D", "Pad")  # part of the convolution that follows, in papers' tables


@dataclass(frozen=True)
class TracedLayer:
    """One call of a layer or a bare operation.

    Attributes:
        name: name of the layer behind the names of the layers that contain it, such as
            `stage_1_block_1/conv_1`.
        kind: type of the layer or operation.
        shape: shape of its output, without the batch.
        trained: trainable parameters; 0 where a layer is called again.
        untrained: other parameters: moving statistics, frozen weights.
        multiply_adds: multiply-adds for one input, see `keras_resgen.analysis.costs`.
        total_trained, total_multiply_adds: sums over all layers up to this one.
        receptive_field: height and width in pixels, padding included; None where it is the whole
            input, as in dense layers and after global pooling, and in networks of vectors.
        jump: distance in input pixels between the fields of neighboring positions, below 1 after
            upsampling.
        start: row and column of the first pixel in the first position's field, below 0 in padding.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    trained: int
    untrained: int
    multiply_adds: int
    total_trained: int
    total_multiply_adds: int
    receptive_field: tuple[int, int] | None
    jump: tuple[float, float] | None
    start: tuple[float, float] | None


@dataclass(frozen=True)
class Stage:
    """Consecutive layers with outputs of one height and width, a row of a paper's table.

    Attributes:
        size: height and width of the outputs; None for vectors.
        first, last: names of the first and the last layer, or of the blocks that contain them.
        shape: shape of the last output.
        layers: number of calls with kernels, projections of shortcuts among them.
        trained, untrained, multiply_adds: sums, see `TracedLayer`.
        receptive_field: at the end of the stage.
        total_trained, total_multiply_adds: of all layers up to the end of this stage.
    """

    size: tuple[int, int] | None
    first: str
    last: str
    shape: tuple[int, ...]
    layers: int
    trained: int
    untrained: int
    multiply_adds: int
    receptive_field: tuple[int, int] | None
    total_trained: int
    total_multiply_adds: int


def trace(
    network: keras.Model, *, image_shape: tuple[int, int, int] | None = None
) -> list[TracedLayer]:
    """Return shapes, costs and receptive fields of all layers, without computing anything.

    Layers that consist of layers are taken apart. The receptive field is Araujo et al.'s,
    "Computing Receptive Fields of Convolutional Neural Networks" (2019,
    https://distill.pub/2019/computing-receptive-fields/): where branches meet, the largest of
    them. One multiply-add is a multiplication and an addition; many papers call it a FLOP.

    Args:
        network: any built functional or sequential model, with channels last; it does not change.
        image_shape: height, width, channels, if the network takes images of any size.

    Returns:
        A row for each call, in the order of computation.

    Raises:
        ValueError: if a size is unknown, or there is no rule for the receptive field of a layer
            that changes height or width.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> rows = trace(classifier("resnet20"))
    >>> [(row.name, row.shape, row.receptive_field) for row in rows if row.kind == "Conv2D"][1]
    ('stage_1_block_1/conv_1', (32, 32, 16), (5, 5))
    >>> rows[-1].total_trained, rows[-1].total_multiply_adds
    (269722, 40551040)
    """
    inputs = symbolic_inputs(network, image_shape)
    fields: dict[int, Field] = {
        id(given): (Reach(), Reach()) if len(given.shape) == 4 else None
        for given in keras.tree.flatten(inputs)
    }
    rows: list[TracedLayer] = []
    counted: set[int] = set()
    trained_so_far = multiply_adds_so_far = 0
    calls = recorded_calls(network, inputs)  # which hold the tensors that fields are known by
    for call in calls:
        for output in call.outputs:
            # A layer around others comes after them, which have led to its output already.
            fields.setdefault(id(output), _field(call, fields, output))
        if type(call.operation).__name__ in CONVERSIONS:
            continue
        new = [weight for weight in call.weights if id(weight) not in counted]
        counted.update(map(id, new))
        trained = sum(math.prod(weight.shape) for weight in new if weight.trainable)
        shape = tuple(call.outputs[0].shape)
        cost = multiply_adds(call.operation, [tuple(x.shape) for x in call.inputs], shape)
        trained_so_far += trained
        multiply_adds_so_far += cost
        rows.append(
            TracedLayer(
                name=call.name,
                kind=type(call.operation).__name__,
                shape=shape[1:],
                trained=trained,
                untrained=sum(math.prod(weight.shape) for weight in new) - trained,
                multiply_adds=cost,
                total_trained=trained_so_far,
                total_multiply_adds=multiply_adds_so_far,
                **_pixels(fields[id(call.outputs[0])]),
            )
        )
    return rows


def _field(call: Call, fields: dict[int, Field], output: keras.KerasTensor) -> Field:
    field = union([fields[id(given)] for given in call.inputs])
    shapes = [tuple(tensor.shape) for tensor in (call.inputs[0], output)]
    # What is no feature map any more, such as a flattened one, mixes all positions.
    if field is None or any(len(shape) != 4 for shape in shapes):
        return None
    before, new = ((height, width) for _, height, width, _ in shapes)
    return after(call.operation, field, before, new)


def _pixels(field: Field) -> dict[str, Any]:
    if field is None:
        return {"receptive_field": None, "jump": None, "start": None}
    return {
        "receptive_field": tuple(reach.size for reach in field),
        "jump": tuple(float(reach.jump) for reach in field),
        "start": tuple(float(reach.low) for reach in field),
    }


def by_stage(rows: Sequence[TracedLayer]) -> list[Stage]:
    """Sum a trace over stages, as tables in papers do: ResNet's 112, 56, 28, 14, 7 pixels.

    A block belongs to the stage of its output, and padding to the layer that follows it.

    Args:
        rows: result of `trace`.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> [(stage.size, stage.layers) for stage in by_stage(trace(classifier("resnet20")))]
    [((32, 32), 7), ((16, 16), 6), ((8, 8), 6), (None, 1)]
    """
    kept = [row for row in rows if row.kind not in PADDINGS]
    blocks = [list(block) for _, block in groupby(kept, lambda row: row.name.split("/")[0])]
    stages = groupby(blocks, lambda block: _size(block[-1]))
    return [_stage(size, [row for block in group for row in block]) for size, group in stages]


def _size(row: TracedLayer) -> tuple[int, int] | None:
    return row.shape[:2] if len(row.shape) == 3 else None


def _stage(size: tuple[int, int] | None, rows: list[TracedLayer]) -> Stage:
    last = rows[-1]
    return Stage(
        size=size,
        first=rows[0].name.split("/")[0],
        last=last.name.split("/")[0],
        shape=last.shape,
        layers=sum(row.multiply_adds > 0 for row in rows),
        trained=sum(row.trained for row in rows),
        untrained=sum(row.untrained for row in rows),
        multiply_adds=sum(row.multiply_adds for row in rows),
        receptive_field=last.receptive_field,
        total_trained=last.total_trained,
        total_multiply_adds=last.total_multiply_adds,
    )


def plot_trace(rows: Sequence[TracedLayer]) -> Figure:
    """Plot how parameters, multiply-adds and the receptive field grow along a network.

    Args:
        rows: result of `trace`.

    Returns:
        A matplotlib figure, to be shown or saved.

    Example:

    >>> from keras_resgen.networks import classifier
    >>> plot_trace(trace(classifier("lenet5"))).savefig("lenet5.png")
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 2.6), layout="constrained")
    curves = {
        "trained parameters": [row.total_trained for row in rows],
        "multiply-adds": [row.total_multiply_adds for row in rows],
        "receptive field in pixels": [
            math.nan if row.receptive_field is None else max(row.receptive_field) for row in rows
        ],
    }
    for panel, (title, values) in zip(figure.subplots(1, len(curves)), curves.items(), strict=True):
        panel.plot(range(1, len(rows) + 1), values)
        panel.set_title(f"{title}, so far" if title != "receptive field in pixels" else title)
        panel.set_xlabel("layer")
        panel.set_ylim(bottom=0)
    return figure
