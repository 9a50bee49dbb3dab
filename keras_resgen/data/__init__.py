"""Image sources, preparation and batches."""
