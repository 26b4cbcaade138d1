"""Who works here: users, roles, the organisation tree, and what each may see."""
