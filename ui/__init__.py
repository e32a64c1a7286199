"""The window: everything that shows, built on `line_desktop`."""
