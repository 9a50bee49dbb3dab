"""The programs that run exports: their table, and a file for each kind of process."""
