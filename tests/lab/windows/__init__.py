"""Windows hosts of the lab: WS-Man over HTTPS in front of virtual machines that run the modules Ansible sends."""
