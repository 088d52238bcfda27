"""Amazon Elastic Container Registry: what the image catalogue looks like to a client."""
