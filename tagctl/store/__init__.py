"""The only door to SQLite: connection, operations, journal, undo, and the tables by subject."""
