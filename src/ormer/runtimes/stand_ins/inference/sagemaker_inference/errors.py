"""The errors that inference programs raise."""


class UnsupportedFormatError(Exception):
    """A content type that is not known."""

    def __init__(self, content_type, **kwargs):
        super().__init__("Content type {} is not supported by this framework.".format(content_type))


class BaseInferenceToolkitError(Exception):
    """An error with a status code."""

    def __init__(self, status_code, message, phrase):
        self.status_code = status_code
        self.message = message
        self.phrase = phrase
        super().__init__(status_code, message, phrase)


class GenericInferenceToolkitError(BaseInferenceToolkitError):
    """Any failure, with the status code that the client is to see."""

    def __init__(self, status_code, message=None, phrase=None):
        message = message or "Invalid Request"
        super().__init__(status_code, message, phrase or message)
