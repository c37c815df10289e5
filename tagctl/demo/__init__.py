"""The demo's shop: its files (sources/) and the seeded generator that wrote them (generate.py)."""
