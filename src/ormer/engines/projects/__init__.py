"""Projects: what their templates make, followed until it stands or is gone."""
