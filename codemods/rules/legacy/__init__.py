"""Rules about libraries and spellings that pytest-asyncio and Python have left behind: PAM7xx."""
