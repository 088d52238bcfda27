"""Lambda: functions, their versions and aliases, and their invocations."""
