"""What a change of policy would do, before it counts: who would move and why, and what that costs."""
