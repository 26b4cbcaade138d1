"""What pages read: an immutable file per run, and one pointer that says which is current. Decision 0016."""
