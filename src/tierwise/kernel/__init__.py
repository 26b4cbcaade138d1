"""Words that every other part uses: errors, texts in two languages, periods, exact arithmetic."""
