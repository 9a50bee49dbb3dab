"""Runs: a configuration, the plan resolved from it, the folder of its training, and uses of it.

The modules import each other where needed: reading a configuration imports no backend.
"""
