"""The parts of scripts/soak.py: a server that is killed, what it has acknowledged, and who loads it."""
