"""Self-contained reports for people: HTML with charts and the tables behind them."""
