"""Rules about sleeping: PAM4xx."""
