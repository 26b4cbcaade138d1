"""Whether grades of the past caught what the future brought: a policy against simple rules and perfect foresight."""
