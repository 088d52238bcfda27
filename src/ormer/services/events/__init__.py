"""EventBridge: buses, rules, targets, archives and destinations."""
