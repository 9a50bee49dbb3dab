"""The files of an export's folder, and how they are written together."""
