"""Functions: Lambda's, each invocation a supervised program in the jobs' sandbox."""
