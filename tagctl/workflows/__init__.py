"""One use case per file: joins rooms, takes an open Operation, returns a report, never prints."""
