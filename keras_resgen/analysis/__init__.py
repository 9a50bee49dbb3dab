"""Analyses of networks, built or trained: each a function that returns data, and one that draws it.

An analysis is a file here with

- a frozen dataclass of what it finds, or a list of them, with plain values in its fields;
- a function of a network, or of what builds one, that returns it: `trace`;
- a function of that data that returns a figure of matplotlib: `plot_trace`;

and a command of `resgen analyze` in a file of `keras_resgen/cli/analyze/`, whose package says how.
"""

from keras_resgen.analysis.kernels import KernelStack, compare_kernels, plot_kernels
from keras_resgen.analysis.receptive_field import (
    ReceptiveField,
    measure_receptive_field,
    plot_receptive_fields,
)
from keras_resgen.analysis.trace import Stage, TracedLayer, by_stage, plot_trace, trace

__all__ = [
    "KernelStack",
    "ReceptiveField",
    "Stage",
    "TracedLayer",
    "by_stage",
    "compare_kernels",
    "measure_receptive_field",
    "plot_kernels",
    "plot_receptive_fields",
    "plot_trace",
    "trace",
]
