"""What a policy means: one module per method, and the run that stores results and explains them."""
