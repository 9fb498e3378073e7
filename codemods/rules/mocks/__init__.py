"""Rules about mocks: PAM3xx."""
