"""Curating commands as edits of both files' bytes: what was asked for changes, every other byte stays.

Each takes a `Draft` and gives the next one; nothing is written, no database is open. `draft` finds and
respells names, `cuts` takes parts out of YAML text and copies them, the others are a command each.
"""
