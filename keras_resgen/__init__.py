"""ResNet-based generative image models in Keras 3, trained with `model.fit` and shipped as ONNX."""

__version__ = "0.1.0"
