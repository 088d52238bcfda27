"""Objects: S3's buckets and keys in SQL, contents in opaque files under ids of our own."""
