"""A model that is traced once and converted to ONNX once, from which all formats are written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.export.endpoints.signatures import Signature
from keras_resgen.export.formats.onnx_format import onnx_bytes


@dataclass(frozen=True)
class TracedModel:
    """The traced endpoints of a model, which formats convert.

    Attributes:
        signatures: the traced endpoints.
        properties: metadata for file types that can hold it.
        calibrate: computes calibration inputs by input name; called if a format needs them.
    """

    signatures: Sequence[Signature]
    properties: Mapping[str, str]
    calibrate: Callable[[], Mapping[str, np.ndarray]]

    @cached_property
    def variables(self) -> list[Any]:
        """The `tf.Variable`s that the endpoints use, without duplicates."""
        used = [variable for s in self.signatures for variable in s.concrete.variables]
        return list({id(variable): variable for variable in used}.values())

    @cached_property
    def calibration(self) -> Mapping[str, np.ndarray]:
        """Calibration inputs by input name."""
        return self.calibrate()

    @cached_property
    def networks(self) -> dict[str, Signature]:
        """The signature that each network computes alone, by the name of the network."""
        alone = [s for s in self.signatures if s.network and not s.variant_of]
        return {str(s.network): s for s in reversed(alone)}

    def onnx(self, network: str) -> bytes:
        """Return the ONNX file of a network, converted at the first call."""
        if network not in self._onnx:
            properties = {**self.properties, "network": network}
            self._onnx[network] = onnx_bytes(self.networks[network], properties)
        return self._onnx[network]

    @cached_property
    def _onnx(self) -> dict[str, bytes]:
        return {}

    def write_networks(
        self, folder: Path, ending: str, convert: Callable[[str], bytes | None]
    ) -> dict[str, str]:
        """Write a file for each network.

        Args:
            folder: where to write.
            ending: what follows the network in file names.
            convert: returns the bytes of a network, or None if the format leaves it out.

        Returns:
            The file of each signature that one of these networks computes.
        """
        paths = {}
        for network in self.networks:
            content = convert(network)
            if content is not None:
                paths[network] = f"{network}{ending}"
                (folder / paths[network]).write_bytes(content)
        return {
            s.name: paths[s.network]
            for s in self.signatures
            if s.network in paths and not s.variant_of
        }
