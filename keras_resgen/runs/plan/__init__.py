"""A run before it starts: everything that follows from its configuration and its images."""
