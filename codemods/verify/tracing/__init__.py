"""From tests that a migration broke back to the findings that broke them."""
