"""The one exception that means the user's configuration, data or model must change."""


class ClientError(Exception):
    """A mistake in the configuration, the dataset or the model's answers.

    Its text becomes the job's exit message behind the prefix ``ClientError: ``.
    """
