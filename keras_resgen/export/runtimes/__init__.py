"""The programs that run exports: the table of them, and one file for each process."""
