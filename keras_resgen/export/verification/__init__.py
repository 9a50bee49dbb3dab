"""Comparison of an export in every runtime with the outputs that Keras computed."""
