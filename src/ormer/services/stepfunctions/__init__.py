"""Step Functions: state machines, their executions and who works for them."""
