"""Exports over HTTP, in the form of TensorFlow Serving's REST API."""
