"""Reports become text here: terminal lines and tables, JSON, CSV, located problems. Only this room draws."""
