"""The commands: one verb, one file. Each parses, calls workflows, renders, and returns the exit code."""
