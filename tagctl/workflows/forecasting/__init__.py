"""What time alone will change: for everybody in the nights to come, for one customer and tag to the second.

Both are real runs that are thrown away: the record grows as it would, so that `leave`, exclusive dimensions
and what the record says carry from one to the next. docs/semantics.md, "Time to come".
"""

from tagctl.workflows.forecasting.nights import LONGEST, forecast
from tagctl.workflows.forecasting.turning import turning

__all__ = ["LONGEST", "forecast", "turning"]
