"""What a person has to decide: PAM9xx."""
