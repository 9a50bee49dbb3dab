"""Metrics of generative models: distances between distributions, similarity of images, codes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
