"""Sources of images, their preparation, and batches.

Names are imported on first use, so that importing this package imports neither numpy nor
TensorFlow. A source from elsewhere is a `Source` in `SOURCES`, under its first word.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
