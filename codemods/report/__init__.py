"""What people and programs get to see, all of it made from the same records."""
