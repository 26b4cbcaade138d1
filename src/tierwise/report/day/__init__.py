"""The report of a day: how value is spread, what it costs, and who needs a look. One model, three forms."""
