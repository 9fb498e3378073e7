"""Rules about what is awaited and what runs coroutines from sync code: PAM5xx."""
