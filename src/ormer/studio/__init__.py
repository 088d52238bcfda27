"""Studio's server side: pages, sign-in, operations and live events for browsers; a client of the port like others."""
