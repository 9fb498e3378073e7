"""Rules about event loops and their configuration: PAM6xx."""
