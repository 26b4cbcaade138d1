"""What people judge about customers: forms from the policies, evidence, submission, acceptance by somebody else."""
