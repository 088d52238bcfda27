"""Amazon SNS: topics that tell those who listen over HTTP."""
