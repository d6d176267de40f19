"""A small act for the tests of the approval desk: it writes one number of a notebook."""

from datetime import UTC, datetime

from apps.core import clock
from apps.core.approvals import services as approvals
from apps.core.approvals.plans import ABOVE, Bar, Measure, Plan
from apps.core.approvals.registry import Act, Listing
from apps.core.errors import LaurelError

AT = datetime(2026, 3, 18, 4, tzinfo=UTC)
CODE = "test.write"
PERMISSION = "points.run_clearing"


class Refused(LaurelError):
    """The act can't be done."""


class Notebook:
    """What the act reads and writes."""

    def __init__(self):
        self.size, self.written, self.refuses = 5, [], False

    def plan(self, payload, at):
        facts = {"points": self.size, "name": payload["name"]}
        return Plan(Measure(1, self.size), facts, ("name", "points"), ((payload["name"], self.size),))

    def run(self, row, actor, at):
        if self.refuses:
            raise Refused("the page is full")
        self.written.append((row.payload["name"], actor.name, at))
        return {"done": {"points": self.size}}

    def act(self, **changes):
        terms = {
            "ask": PERMISSION,
            "approve": PERMISSION,
            "plan": self.plan,
            "run": self.run,
            "subject": lambda payload: ("notebook", payload["name"]),
            "bar": Bar(ABOVE, points=10),
            "listing": lambda row: Listing(("name", "points"), [("=1+1", 7), (row.payload["name"], 5)]),
        }
        return Act(CODE, "Write in the notebook", "Write %(points)s for %(name)s", **{**terms, **changes})


def ask(staff, name="ann", at=AT, **rest):
    with clock.moved_to(at):
        return approvals.ask(act=CODE, payload={"name": name}, reason="because", staff=staff, at=at, **rest)
