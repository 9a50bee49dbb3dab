"""The error of exports."""


class ExportError(ValueError):
    """An export that cannot be made, or that is not what its manifest says.

    Example:

    >>> from keras_resgen.export import verify_export
    >>> try:
    ...     verify_export("no/such/folder")
    ... except ExportError as error:
    ...     print(str(error).split(". ")[0])
    An export folder with a manifest.json was expected
    """
