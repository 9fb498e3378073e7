"""What the diagnostics look for."""
