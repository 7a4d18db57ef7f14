"""For all unit tests."""

from __future__ import annotations

from hypothesis import settings

# An example may take its time on a machine that is busy. Where `CI` is set, Hypothesis tries the same examples every time.
settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")
