"""Queues of Amazon SQS and the messages in them."""
