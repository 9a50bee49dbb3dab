"""Export formats: their table, and a file with a function `write` for each."""
