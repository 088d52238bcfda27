"""Topics: brings messages to those who listen."""
