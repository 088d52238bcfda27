"""CodeBuild: projects, and builds of them. The builds engine makes the builds true."""
