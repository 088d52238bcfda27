"""CodeConnections, also under its older name CodeStar Connections."""
