"""What runs inside of a Linux host, and what boots it."""
