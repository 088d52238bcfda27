"""Names and texts in DuckDB's SQL."""


def quoted(word: str) -> str:
    """A name in quotes."""
    return '"{}"'.format(word.replace('"', '""'))


def text(word: str) -> str:
    """A text in quotes."""
    return "'{}'".format(word.replace("'", "''"))
