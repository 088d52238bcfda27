"""Builds: CodeBuild's projects run their buildspecs in the jobs' sandbox, under supervisors that outlive the server."""
