"""Days late, and what they cost by the rule that the instructor gives.

How late a submission is, in this order: the roster's column late_days; the time that the platform wrote beside it
against --due; the platform's mark LATE, which says no number of days and counts as one.
"""

import math
from dataclasses import asdict, dataclass
from datetime import datetime

from .sentences import say

DAY = 24 * 3600


@dataclass(frozen=True)
class Rule:
    """due: ISO time or ""; penalty: percent of the assignment's points for each day begun; free: days that cost
    nothing; most: percent that lateness may cost at most."""

    due: str = ""
    penalty: float = 0.0
    free: float = 0.0
    most: float = 100.0

    def told(self) -> str:
        """The rule in words."""
        told = say("{percent:g} % of the points for each day begun", percent=self.penalty)
        if self.free:
            one, more = (
                say("{rule} after 1 free day", rule=told),
                say("{rule} after {days:g} free days", rule=told, days=self.free),
            )
            told = one if self.free == 1 else more
        return say("{rule}, at most {percent:g} %", rule=told, percent=self.most) if self.most < 100 else told

    def cost(self, days: float, points: float) -> float:
        """What `days` late cost of an assignment of `points`."""
        percent = min(self.most, self.penalty * max(0, math.ceil(days - self.free)))
        return points * percent / 100

    def as_dict(self) -> dict:
        return asdict(self)


def moment(text: str) -> datetime:
    """A time as "2026-10-01 23:59", with an offset from UTC or in this computer's zone. ValueError otherwise."""
    return datetime.fromisoformat(text.strip().replace("Z", "+00:00")).astimezone()


def days_late(record, rule: Rule, people) -> float:
    """How many days a submission is late, less what the roster's extension_days allow; 0 when in time."""
    given = [person.late_days for person in people if person.late_days is not None]
    if given:
        return max(given)
    more = max((person.extension_days for person in people), default=0.0)
    if rule.due and record.get("handed_in"):
        seconds = (moment(record["handed_in"]) - moment(rule.due)).total_seconds()
        return max(0.0, round(seconds / DAY - more, 4))
    return 1.0 if record.get("late") and not more else 0.0


def in_words(days: float) -> str:
    """ "1 day", "2 days", as begun."""
    whole = math.ceil(days)
    return say("1 day") if whole == 1 else say("{days:g} days", days=whole)
