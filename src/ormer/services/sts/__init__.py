"""AWS Security Token Service: who calls, and credentials for roles."""
