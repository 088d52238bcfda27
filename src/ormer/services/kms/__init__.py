"""AWS Key Management Service: keys, aliases, policies and envelope encryption."""
