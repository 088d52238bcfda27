"""SNS at rest: who listens to a topic, what is still to be delivered, and where to."""
