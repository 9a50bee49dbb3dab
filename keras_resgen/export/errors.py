"""The exception of exports."""


class ExportError(ValueError):
    """Exception for exports that cannot be written, or that differ from their manifest.

    Example:

    >>> from keras_resgen.export import verify_export
    >>> try:
    ...     verify_export("no/such/folder")
    ... except ExportError as error:
    ...     print(str(error).split(". ")[0])
    An export folder with a manifest.json was expected
    """
