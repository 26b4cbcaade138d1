"""Pictures of the whole field: concentration, whale curve, pyramid."""
