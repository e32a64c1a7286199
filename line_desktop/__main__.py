"""`python -m line_desktop` is the command `line-desktop`."""

from line_desktop.cli import main

main()
