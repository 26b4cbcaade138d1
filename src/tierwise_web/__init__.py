"""The web application over the core: people sign in, find a customer, see the grade and why."""
