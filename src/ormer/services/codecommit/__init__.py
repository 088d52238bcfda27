"""AWS CodeCommit: repositories, their files, branches and pull requests. Git itself comes in at the gateway."""
