"""What is wrong with a person's table or settings, rather than with these programs."""


class ClientError(Exception):
    """The user's data or settings are at fault; the text says what to change."""
