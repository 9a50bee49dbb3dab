"""Runs: a configuration, the folder a training leaves behind, and what is made from it.

Names are loaded on use: reading a configuration imports neither keras nor tensorflow.
"""
