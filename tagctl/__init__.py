"""tagctl keeps a team's customer tags true."""

__version__ = "0.1.0"
