"""Other packages' models, trained on the same images and measured alike."""
