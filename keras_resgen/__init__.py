"""ResNet-based generative image models in Keras 3, trained with `model.fit` and shipped as ONNX.

Everything public is reachable from here and imported on first use:

- `create_model`, `list_models`: build a model of a family by name;
- `load_model`, `load_run`, `load_export`: open a `.keras` file, a run folder, an export;
- `export_model`: write a model's networks for other runtimes;
- the namespaces `models`, `layers`, `networks`, `losses`, `training`, `metrics`, `callbacks`,
  `data`, `latent`, `analysis` and `export`.

Example:

>>> import keras_resgen as kr
>>> model = kr.create_model("vae", image_size=32, latent_dim=8, width=4)
>>> model.sample(2).shape
(2, 32, 32, 3)
"""

import lazy_loader as lazy

__version__ = "0.1.0"

# `__init__.pyi` lists the names, for this line and for type checkers.
__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
