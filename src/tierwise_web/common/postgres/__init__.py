"""PostgreSQL, asked whether it is still there without a question of its own."""
