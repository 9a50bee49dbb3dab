"""`python -m keras_resgen` is the `resgen` command."""

from keras_resgen.cli import main

main()
