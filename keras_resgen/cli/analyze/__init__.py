"""`resgen analyze`: one command for each analysis of `keras_resgen.analysis`.

A command is a function in a file of this folder, named in the import below, under `@analysis`.
Under `@takes_network` its first parameter is the network that the command line names, built or
loaded, and the options that networks are built with are the command's too; under
`@takes_networks` it is several by name. `write_rows` writes what an analysis returns to the files
of `CsvOption` and `JsonOption`, `write_picture` its plot to that of `PlotOption`::

    @analysis
    @takes_network
    def depth(network: Any, json: JsonOption = None) -> None:
        '''Say how deep a network is.'''
"""

from keras_resgen.cli.analyze import (  # isort: skip  # noqa: F401
    block_removal,
    gradient_flow,
    signal_propagation,
    trace,
    receptive_field,
)
from keras_resgen.cli.analyze.group import analyses

__all__ = ["analyses"]
