"""The Resource Groups Tagging API: what bears which tags, over all services."""
