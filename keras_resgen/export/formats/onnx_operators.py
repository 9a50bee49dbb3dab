"""Operators of TensorFlow that tf2onnx does not know; importing this module teaches it."""

from typing import Any

import numpy as np
from tf2onnx.handler import tf_op


@tf_op("Erfc")
class ComplementaryErrorFunction:
    """1 - erf(x), which TensorFlow's exact GELU is computed by."""

    @classmethod
    def version_9(cls, ctx: Any, node: Any, **kwargs: Any) -> None:
        """Replaces the node by Erf and Sub."""
        (x,), (output,) = node.input, node.output
        shapes, dtypes = [ctx.get_shape(output)], [ctx.get_dtype(output)]
        ctx.remove_node(node.name)
        one = ctx.make_const(f"{node.name}/one", np.array(1, "float32")).output[0]
        erf = ctx.make_node("Erf", [x], shapes=shapes, dtypes=dtypes).output[0]
        ctx.make_node("Sub", [one, erf], outputs=[output], shapes=shapes, dtypes=dtypes)
