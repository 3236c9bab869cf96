"""How the service itself is: what does not go on any more, and what ``/healthz`` answers.

Looks at what is in memory only, so that nothing can keep the answer waiting.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from scheduler.endpoint import Answer

if TYPE_CHECKING:
    from scheduler.service import Service

PATIENT = 4
"""An examination of many sites, or slow receivers of notices, may take so many times longer than a call to the plan."""
BEAT_SLACK = 60.0
"""The supervisor's thread wakes every few seconds; a start of a process on a loaded machine takes its time."""


def ailments(service: Service) -> list[str]:
    """What does not go on any more, in sentences: the clock, the thread of the crawls, a call that hangs."""
    up, now = service.settings.up, time.monotonic()
    found = []
    late = now - service.clock.beat
    if late > 2 * up.tick_seconds:
        found.append(f"the clock is dead: its last tick was {late:.0f} s ago, one is due every {up.tick_seconds:g} s")
    supervisor = service.supervisor
    if not supervisor.alive:
        found.append("the thread that starts crawls has ended")
    elif now - supervisor.beat > BEAT_SLACK:
        found.append(f"the thread that starts crawls has not moved for {now - supervisor.beat:.0f} s")
    limits = {service.planner: 1, service.examiner: PATIENT, service.postman: PATIENT}
    for worker, patience in limits.items():
        if worker.busy_for() > up.stuck_seconds * patience:
            found.append(f"{worker.name} has not answered for {worker.busy_for():.0f} s")
    return found


def healthz(service: Service) -> Answer:
    """200 while everything goes on, 503 with the reasons when something does not; all of it as JSON."""
    ill = ailments(service)
    troubles = service.troubles.lasting()
    due_at = service.dispatch.due_at
    health = {
        "status": "stopping" if service.stopping.is_set() else "ill" if ill else "ok",
        "problems": ill + [trouble.text for trouble in troubles],
        "instance": service.instance,
        "started_at": service.started_at.isoformat(),
        "last_tick_seconds": round(time.monotonic() - service.clock.beat, 1),
        "tick_seconds": service.settings.up.tick_seconds,
        "database": "timetable" not in {trouble.name for trouble in troubles},
        "sites": len(service.configuration.sites),
        "running": [
            {"site": one.site, "since": one.since.isoformat(), "counts": one.counts}
            for one in service.supervisor.running()
        ],
        "next_due": due_at.isoformat() if due_at else None,
    }
    body = json.dumps(health, ensure_ascii=False).encode() + b"\n"
    return Answer(503 if ill else 200, "application/json; charset=utf-8", body)
