"""The catalogues of messages, one folder per language."""
