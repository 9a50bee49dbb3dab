"""Names with numbers, as they are typed."""

import math


def named_numbers(text: str, alone: float = math.nan) -> dict[str, float]:
    """Reads names and numbers, separated by commas.

    Args:
        text: such as `"Smiling=1,Eyeglasses=-1"`.
        alone: what a name without a number stands for; it needs one unless told.

    Raises:
        ValueError: for a part that is something else.

    Example:

    >>> named_numbers("Smiling=0.5, Eyeglasses", alone=1.0)
    {'Smiling': 0.5, 'Eyeglasses': 1.0}
    """
    numbers = {}
    for part in text.split(","):
        name, equals, number = (piece.strip() for piece in part.partition("="))
        try:
            numbers[name] = float(number) if equals else alone
        except ValueError:
            numbers[name] = math.nan
        if not name or not math.isfinite(numbers[name]):
            raise ValueError(
                "Expected names of attributes, each with a number. "
                f"Received: {part!r}. Give, say, Smiling=1,Eyeglasses=0."
            )
    return numbers
