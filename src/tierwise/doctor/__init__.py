"""What this machine has of what Tierwise can use, what works, and what to do about the rest."""
