"""`python -m tagctl`."""

from tagctl.cli import main

main()
