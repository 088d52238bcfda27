"""What monitoring schedules leave behind: executions, alerts, and the alerts' history."""
