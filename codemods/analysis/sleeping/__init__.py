"""Sleeps: whose they are, who leads to them, and what speaks against awaiting them."""
