"""One function = one number; the catalogue is the closed list that a policy may use."""
