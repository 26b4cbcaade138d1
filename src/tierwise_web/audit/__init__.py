"""What people did: written once, never changed."""
