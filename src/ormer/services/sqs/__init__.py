"""Amazon SQS: queues of messages, standard and first-in-first-out."""
