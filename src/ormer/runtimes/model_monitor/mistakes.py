"""What the user can put right: it ends the job with `ClientError: <text>`."""


class ClientError(Exception):
    """A wrong setting, script or data set; the text says what and where."""
