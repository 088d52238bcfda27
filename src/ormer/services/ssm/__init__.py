"""AWS Systems Manager's Parameter Store."""
