"""The errors that programs raise or catch."""


class ClientError(Exception):
    """The user's mistake."""


class UnsupportedFormatError(Exception):
    """A content type that is not known."""

    def __init__(self, content_type, **kwargs):
        self.message = "Content type {} is not supported by this framework.".format(content_type)
        super().__init__(self.message)
