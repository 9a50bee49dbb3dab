"""Arguments of commands in tests, and values in their output."""

TINY = [
    *("--data", "faces,count=60", "--image-size", "32", "--width", "2", "--latent-dim", "4"),
    *("--network", "plain", "--batch-size", "9", "--epochs", "1"),
]


def option(out, name):
    """The value of an option as a dry run prints it."""
    (value,) = [line.split()[1:] for line in out.splitlines() if line.split()[:1] == [name]]
    return " ".join(value)


def metrics(text):
    """The values of printed tables by name."""
    lines = (line.split() for line in text.splitlines() if line.startswith(" "))
    return {line[0]: float(line[1]) for line in lines if line[0] != "metric"}
