"""Exports over HTTP, by the REST API of TensorFlow Serving."""
