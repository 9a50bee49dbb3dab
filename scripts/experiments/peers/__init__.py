"""Models of other packages, trained on the same images and measured in the same way."""
