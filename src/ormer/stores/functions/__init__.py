"""Lambda functions: their rows, their code, and their invocations."""
