"""EventBridge Scheduler: operations called at a time, or again and again."""
