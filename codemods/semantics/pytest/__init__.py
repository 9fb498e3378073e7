"""The project as pytest sees it: configuration, tests, fixtures, marks and loops."""
