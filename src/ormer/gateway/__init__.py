"""Floor 4: HTTP in, HTTP out. The only room that knows HTTP; what AWS's operations mean is behind the port."""
