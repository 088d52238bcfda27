"""What the user has to change."""


class ClientError(Exception):
    """The configuration or the data are at fault; the text says what to do."""
