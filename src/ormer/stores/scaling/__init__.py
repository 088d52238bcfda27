"""Application Auto Scaling at rest: scalable targets, what belongs to them, and what was done."""
