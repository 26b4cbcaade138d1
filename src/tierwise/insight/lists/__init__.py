"""Lists of customers that somebody should look at, each with its owner, why, and what is at stake."""
