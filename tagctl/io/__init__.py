"""Reads and writes users' files: tables, tag cells, rejects, exports, the two YAML files."""
