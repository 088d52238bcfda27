"""AWS Identity and Access Management: roles, users, policies and access keys; the gate evaluates them."""
