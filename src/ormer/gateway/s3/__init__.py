"""S3 over HTTP: bodies as streams in and out, ranges, and the browser's questions (CORS)."""
