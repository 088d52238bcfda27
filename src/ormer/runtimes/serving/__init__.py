"""The inference side of the container contract: a server that answers /ping and /invocations, and its client."""
