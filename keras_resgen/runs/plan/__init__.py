"""The plan of a run, in parts that are each resolved once from its configuration."""
