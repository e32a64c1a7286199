"""Methods side by side over the same neurons."""
