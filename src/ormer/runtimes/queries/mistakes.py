"""What is wrong with a query, in words that its writer understands."""


class QueryMistake(Exception):
    """The query cannot be answered; the text is its StateChangeReason."""
