"""What a running agent leaves on the disk beside its log."""

HEARTBEAT = "livez.heartbeat"
"""The file in its home directory that it writes again and again."""
