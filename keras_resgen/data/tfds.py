"""The source `tfds:NAME`: an image set of TensorFlow Datasets."""
