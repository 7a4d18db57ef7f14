"""What the Makefile needs beyond one-liners; each module runs as `python -m tests.tools.<name>` from the top of the checkout."""
