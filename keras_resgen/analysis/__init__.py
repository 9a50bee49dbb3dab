"""Analyses of networks, trained or not: each a function that returns data, and one that plots it.

An analysis is a file here with

- a frozen dataclass of its results, with plain values in its fields;
- a function of a network that returns one or a list of them: `trace`;
- a function of these results that returns a matplotlib figure: `plot_trace`;

and a command of `resgen analyze` in a file of `keras_resgen/cli/analyze/`, see there.
"""

from keras_resgen.analysis.block_removal import (
    PathGradient,
    Removal,
    classification_error,
    path_gradients,
    path_lengths,
    plot_removals,
    remove_at_random,
    remove_each,
    residual_blocks,
    without_blocks,
)
from keras_resgen.analysis.gradient_flow import (
    GradientFlowMonitor,
    KernelGradient,
    gradient_flow,
    plot_gradient_flow,
)
from keras_resgen.analysis.kernels import KernelStack, compare_kernels, plot_kernels
from keras_resgen.analysis.receptive_field import (
    ReceptiveField,
    measure_receptive_field,
    plot_receptive_fields,
)
from keras_resgen.analysis.signal_propagation import (
    LayerSignal,
    plot_signal_propagation,
    signal_propagation,
)
from keras_resgen.analysis.trace import Stage, TracedLayer, by_stage, plot_trace, trace

__all__ = [
    "GradientFlowMonitor",
    "KernelGradient",
    "KernelStack",
    "LayerSignal",
    "PathGradient",
    "ReceptiveField",
    "Removal",
    "Stage",
    "TracedLayer",
    "by_stage",
    "classification_error",
    "compare_kernels",
    "gradient_flow",
    "measure_receptive_field",
    "path_gradients",
    "path_lengths",
    "plot_gradient_flow",
    "plot_kernels",
    "plot_receptive_fields",
    "plot_removals",
    "plot_signal_propagation",
    "plot_trace",
    "remove_at_random",
    "remove_each",
    "residual_blocks",
    "signal_propagation",
    "trace",
    "without_blocks",
]
