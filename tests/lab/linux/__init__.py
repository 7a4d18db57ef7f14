"""Linux hosts: real Debian in systemd-nspawn machines on a bridge. Root is needed for these, and for nothing else of the lab."""
