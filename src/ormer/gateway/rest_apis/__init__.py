"""The data plane of REST APIs: requests to an API's own host, and what answers them."""
