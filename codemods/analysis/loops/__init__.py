"""Event loops: who makes one, who drives one, and what a fixture named ``event_loop`` is for."""
