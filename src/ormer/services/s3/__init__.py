"""S3: what its operations mean. Bytes come and go as durable contents or extents; the gateway streams them."""
