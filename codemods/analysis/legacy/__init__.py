"""What tests use of libraries that are gone."""
