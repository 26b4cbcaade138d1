"""Schema of assessments."""
