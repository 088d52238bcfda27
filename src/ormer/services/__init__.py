"""Floor 3: AWS's operations, thin: one folder per service, one file per noun, one function per operation."""
