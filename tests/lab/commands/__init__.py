"""The lab's command line: one module for each subcommand."""
