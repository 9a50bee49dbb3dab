"""Exports of trained models that run without this package, and their verification.

Names are imported on first use, so that importing this package imports neither TensorFlow nor ONNX.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
