"""The embedded data set `faces`: portraits drawn by numpy from ground-truth factors.

Example:
    >>> from keras_resgen.data import faces
    >>> factors = faces.sample_factors(1000, seed=0)
    >>> pictures = faces.draw(factors, 64)
    >>> labels = faces.attributes(factors)
    >>> bearded = faces.draw(faces.counterfactual(factors, beard=1), 64)
"""

from .celeba_attributes import ATTRIBUTES, attributes
from .drawing import SIZES, VERSION, draw, draw_chunks
from .factors import FACTORS, Factor, Factors, counterfactual
from .sampling import VARIANTS, sample_factors

__all__ = [
    "ATTRIBUTES",
    "FACTORS",
    "SIZES",
    "VARIANTS",
    "VERSION",
    "Factor",
    "Factors",
    "attributes",
    "counterfactual",
    "draw",
    "draw_chunks",
    "sample_factors",
]
