"""Days late, and what they cost by the rule that the instructor gives.

How late a submission is, in this order: the roster's column late_days; the time that the platform wrote beside it
against --due; the platform's mark LATE, which says no number of days and counts as one.
"""

import math
from dataclasses import asdict, dataclass
from datetime import datetime

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
        free = f" after {self.free:g} free {_days(self.free)}" if self.free else ""
        most = f", at most {self.most:g} %" if self.most < 100 else ""
        return f"{self.penalty:g} % of the points for each day begun{free}{most}"

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


def _days(number: float) -> str:
    return "day" if number == 1 else "days"


def in_words(days: float) -> str:
    """ "1 day", "2 days", as begun."""
    whole = math.ceil(days)
    return f"{whole} {_days(whole)}"
