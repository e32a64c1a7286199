"""The workspace: one folder with a database, pictures by content, and activations. Nobody else writes SQL."""
