"""Carry out batches of steps with the Python that runs this: a JSON list of jobs in, a JSON list of outcomes out."""

import json
import sys

from ansible_collections.octoboot.octopus.plugins.module_utils._linux.batch import carry_out

json.dump(
    [carry_out(job["steps"], job["secrets"], check_mode=job["check"], alone=False, lock_timeout=1) for job in json.load(sys.stdin)],
    sys.stdout,
)
