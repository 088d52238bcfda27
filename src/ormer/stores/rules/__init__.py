"""EventBridge's rows: targets of rules, and one delivery for each event, rule and target."""
