"""One profile of hypothesis for all tests: how long an example takes is never a failure."""

from hypothesis import settings

settings.register_profile("tagctl", deadline=None)
settings.load_profile("tagctl")
