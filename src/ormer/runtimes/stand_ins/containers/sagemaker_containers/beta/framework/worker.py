"""The answer object that output functions return."""


class Response:
    """A body with its content type and status; the model server reads it through get_data and mimetype."""

    def __init__(self, response=None, status=200, headers=None, mimetype=None, content_type=None, accept=None):
        self.response = response
        self.status_code = int(status) if status else 200
        self.headers = headers or {}
        self.mimetype = mimetype or content_type or accept or "application/json"
        self.content_type = self.mimetype

    def get_data(self, as_text=False):
        body = self.response.encode("utf-8") if isinstance(self.response, str) else self.response
        return body.decode("utf-8") if as_text else body
