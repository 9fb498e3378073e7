"""Rules about asyncio markers: PAM1xx."""
