"""`resgen explore`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_resgen.cli.application import command
from keras_resgen.cli.output import console


@command
def explore(
    export: Annotated[
        Path,
        typer.Argument(
            help="Folder of an export, made by resgen export; clones contain the default one."
        ),
    ] = Path("exports/faces64"),
    out: Annotated[Path, typer.Option(help="Folder of the page to make.")] = Path("explorer"),
    title: Annotated[
        str | None,
        typer.Option(help="Title of the page.  [default: the name of the export]"),
    ] = None,
    serve: Annotated[bool, typer.Option(help="Serve and open the page until Ctrl-C.")] = False,
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, help="Port of --serve.  [default: any free one]", show_default=False
        ),
    ] = 0,
) -> None:
    """Write a page that generates, edits and interpolates an export's faces in the browser.

    onnxruntime-web runs the ONNX files. npm downloads it once.
    """
    from keras_resgen.data.cache import cache_folder
    from keras_resgen.explorer.onnxruntime_web import browser_runtime
    from keras_resgen.explorer.page import check_target, write_explorer
    from keras_resgen.export.folder.manifest import Manifest

    check_target(out)
    Manifest.load(export)  # fails before anything is downloaded
    write_explorer(export, out, browser_runtime(cache_folder()), title=title)
    console.print(f"Page: {out / 'index.html'}", highlight=False, soft_wrap=True)
    if serve:
        _serve(out, port)
    else:
        console.print("Any server of static files can serve it, or add --serve.", highlight=False)


def _serve(folder: Path, port: int) -> None:
    import webbrowser

    from keras_resgen.explorer.server import serve_folder

    with serve_folder(folder, port) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        console.print(f"Open {address} (Ctrl-C stops the server)", highlight=False, soft_wrap=True)
        webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            console.print("Stopped.")
