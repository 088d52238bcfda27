"""Git over HTTP: clones and pushes of the repositories that CodeCommit's operations speak about."""
