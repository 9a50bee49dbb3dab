"""The parts that reports are made of."""

import base64
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from string import Template
from typing import Any

from PIL import Image

PICTURE_WIDTH = 640
PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
img { max-width: 100%; height: auto; image-rendering: pixelated; }
img.plot { image-rendering: auto; background: #fff; }
table { border-collapse: collapse; }
td, th { padding: .1rem .8rem .1rem 0; text-align: left; vertical-align: top; }
figure { margin: 1rem 0 2rem; }
figcaption, .quiet { opacity: .75; }
.failure { border-left: .3rem solid #c33; padding-left: .8rem; }
.wide { overflow-x: auto; }
.side { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 0 1rem; }
.side figure { margin: 0 0 1rem; }
</style>
<h1>$title</h1>
$body
</html>
""")


def page(title: str, sections: Iterable[str]) -> str:
    """Return a whole page, which holds everything that it shows and loads nothing.

    Args:
        title: the title as text.
        sections: the sections as HTML.

    Example:

    >>> "<h1>A &amp; B</h1>" in page("A & B", [])
    True
    """
    return PAGE.substitute(title=html.escape(title), body="\n".join(sections))


def image(png: bytes, caption: str, css_class: str = "") -> str:
    """Return a picture with a caption.

    Args:
        png: content of a PNG file.
        caption: the caption as text.
        css_class: `"plot"` for curves, which are scaled smoothly.
    """
    data = base64.b64encode(png).decode("ascii")
    text = html.escape(caption)
    width = Image.open(io.BytesIO(png)).width
    shown = width * max(1, PICTURE_WIDTH // width)  # whole multiples keep pixels square
    return (
        f'<figure><img class="{css_class}" width="{shown}" alt="{text}" '
        f'src="data:image/png;base64,{data}">'
        f"<figcaption>{text}</figcaption></figure>"
    )


def pairs(entries: Mapping[str, Any]) -> str:
    """Return a table of names and values.

    Example:

    >>> pairs({"epochs": 2})
    '<table><tr><th>epochs</th><td>2</td></tr></table>'
    """
    rows = "".join(
        f"<tr><th>{html.escape(str(name))}</th><td>{html.escape(str(value))}</td></tr>"
        for name, value in entries.items()
    )
    return f"<table>{rows}</table>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of columns.

    Example:

    >>> table(["name"], [["<b>"]])
    '<div class="wide"><table><tr><th>name</th></tr><tr><td>&lt;b&gt;</td></tr></table></div>'
    """
    lines = [_row("th", columns), *(_row("td", row) for row in rows)]
    return f'<div class="wide"><table>{"".join(lines)}</table></div>'


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"
