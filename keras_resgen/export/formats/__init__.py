"""The forms an export can take: the table of them, and one file for each."""
