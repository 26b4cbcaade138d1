"""What is declared: grading policies as data, with loading, checking, difference and fingerprint."""
