"""LINE Desktop: the methods, the memory, the jobs and the command line; offline, on one computer."""
