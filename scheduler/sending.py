"""Sends what is to be told: takes parcels out of the archive's outbox, part by part, and writes down each that arrived.

1. At least once: a part is written down after its receiver took it. Killed in between, the same part goes out again,
   under the same id. While the database is away, what was taken is remembered and not sent again.
2. In order per channel; each channel has a thread of its own, so that a slow receiver holds up nobody else.
3. A fault is tried again later and later, up to ``notices.retry_days``; what does not mend itself is told to the
   operators by another channel.
"""

from __future__ import annotations

import hashlib
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archive.archive import Archive
from archive.clock import utc_now
from archive.deliveries import Notice, Parcel
from archive.errors import ArchiveError
from archive.routes import Routes
from config.addresses import AddressPolicy
from config.secrets import redact, redacted_traceback
from config.settings import Settings
from scheduler.channels import Channel, load_channel, load_channels
from scheduler.messages import Message, compose
from scheduler.transports import Fault, Nature, transmit
from scheduler.workdays import is_workday

_log = logging.getLogger(__name__)

TURN_SECONDS = 10.0
"""How long one ``deliver`` waits for receivers. What takes longer goes on in its channel's thread."""
CLAIMED_AT_ONCE = 100
"""Parcels taken from the outbox at once, of each channel one."""
CRY_SECONDS = 15.0
CRY_AGAIN = timedelta(hours=1)
"""The same cry is not repeated within this time."""
TOLD_AFTER = timedelta(hours=1)
"""A passing fault that lasts so long is told to the operators; others at once."""
CONTENT_TRIES = 6
"""A message that its receiver does not take as it is must not hold up what comes after it for days."""

_DELAYS: dict[Nature, tuple[float, float]] = {
    "passing": (30.0, 1800.0),
    "busy": (60.0, 1800.0),
    "lasting": (900.0, 6 * 3600.0),
    "content": (900.0, 6 * 3600.0),
}
"""Seconds before the second try, and at most."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one call of ``deliver`` did: deliveries planned, messages and whole parcels sent, parcels that failed (they
    are tried again), and were given up."""

    planned: int = 0
    messages: int = 0
    parcels: int = 0
    failed: int = 0
    given_up: int = 0


class Pace:
    """At most so many messages within any minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._last: deque[float] = deque(maxlen=per_minute)
        self._clock = clock
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take a place; 0.0 when there was one, else the seconds until there is."""
        with self._lock:
            now = self._clock()
            if len(self._last) == self._last.maxlen and now - self._last[0] < 60.0:
                return 60.0 - (now - self._last[0])
            self._last.append(now)
            return 0.0


@dataclass(slots=True)
class _Trouble:
    """How long a channel has not worked, and whether the operators know."""

    name: str
    since: datetime | None = None
    told: bool = False


@dataclass(slots=True)
class _Line:
    """What is under way to one channel: ``busy`` parcels, one of them at work (``turn``)."""

    channel: Channel
    pace: Pace
    trouble: _Trouble
    turn: threading.Lock = field(default_factory=threading.Lock)
    busy: int = 0


class Sender:
    """Sends by the channels of the settings. Raises ConfigError for one that cannot be used.

    One per process; its methods may be called from any thread. ``close`` before the process ends; without it nothing is
    lost either, the last message may be sent once more.
    """

    def __init__(self, archive: Archive, settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.archive = archive
        self.channels = load_channels(settings)
        self._settings = settings
        self._routes = Routes(tuple(settings.notices.operators), settings.notices.operator_quiet, is_workday)
        self._policy = policy_of(settings)
        self._clock = clock
        self._lines = {
            name: _Line(channel, Pace(channel.per_minute), _Trouble(name)) for name, channel in self.channels.items()
        }
        self._ended = 0
        self._counts: dict[str, int] = dict.fromkeys(("messages", "parcels", "failed", "given_up"), 0)
        self._arrived: dict[str, int] = {}  # parts that were taken, and could not yet be written down
        self._cried: dict[str, datetime] = {}
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self._stopping = threading.Event()

    # --- the outbox ---------------------------------------------------------------------------------------------------

    def deliver(self) -> Sent:
        """Plan what is to be told, send what is due, write down what became of it.

        Waits at most ``TURN_SECONDS`` for receivers; counts what ended since the last call. Never raises for a
        receiver's fault; raises ArchiveError when the database cannot be used, and nothing is lost then.
        """
        if self._stopping.is_set() or not self._turn.acquire(blocking=False):
            return Sent()
        try:
            planned = self.archive.expand_events(self._routes)
            mine: set[str] = set()
            end = time.monotonic() + TURN_SECONDS
            while not self._stopping.is_set() and time.monotonic() < end:
                seen = self._ended
                parcels = self.archive.due_parcels(self._clock(), CLAIMED_AT_ONCE, is_workday=is_workday)
                mine |= self._hand_out(parcels)
                if not self._wait(mine, seen, end) and not parcels:
                    break
            with self._changed:
                counts, self._counts = self._counts, dict.fromkeys(self._counts, 0)
            return Sent(planned, **counts)
        finally:
            self._turn.release()

    def close(self, seconds: float = 5.0) -> None:
        """Begin no further message; wait so long for those on their way."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
            self._changed.wait_for(lambda: not any(line.busy for line in self._lines.values()), seconds)

    def _hand_out(self, parcels: Collection[Parcel]) -> set[str]:
        """Give each to the thread of its channel; the names of the channels. The outbox gives one to each at most."""
        names: set[str] = set()
        for parcel in parcels:
            line = self._lines.get(parcel.channel)
            if line is None:
                why = f"there is no channel {parcel.channel!r} in the settings"
                self._failed(_Trouble(parcel.channel), parcel, Fault(why, "lasting"))
                continue
            names.add(parcel.channel)
            with self._changed:
                line.busy += 1
            thread = threading.Thread(
                target=self._work, args=(line, parcel), name=f"notices-{parcel.channel}", daemon=True
            )
            thread.start()
        return names

    def _wait(self, names: Collection[str], seen: int, end: float) -> bool:
        """Until one more parcel has ended, as its channel may get its next then; False when none is on its way."""
        with self._changed:
            if not any(self._lines[name].busy for name in names) and self._ended == seen:
                return False
            self._changed.wait_for(
                lambda: self._stopping.is_set() or self._ended != seen, max(0.0, end - time.monotonic())
            )
            return True

    def _work(self, line: _Line, parcel: Parcel) -> None:
        """The thread of one parcel."""
        try:
            with line.turn:
                self._send(line, parcel)
        except ArchiveError as error:  # what arrived is remembered; the claim ends by itself
            _log.warning("channel %s: %s", line.channel.name, redact(str(error)))
        except Exception as error:
            _log.error("channel %s: %s", line.channel.name, redacted_traceback(error))
        finally:
            with self._changed:
                line.busy -= 1
                self._ended += 1
                self._changed.notify_all()

    def _send(self, line: _Line, parcel: Parcel) -> None:
        """One parcel, from its first part that has not arrived."""
        messages = compose(parcel, line.channel)
        done = max(parcel.sent_parts, self._arrived.get(parcel.parcel_id, 0))
        for message in messages[done:]:
            if not self._take_place(line):
                return
            fault = transmit(line.channel, message, parcel, self._policy, self._clock())
            if fault is not None:
                self._failed(line.trouble, parcel, fault)
                return
            self._arrived[parcel.parcel_id] = message.part
            self._count("messages")
            if not self.archive.part_sent(parcel, message.part):
                return  # another sender took it over while this one was silent for too long
        self.archive.parcel_sent(parcel)
        self._arrived.pop(parcel.parcel_id, None)
        self._count("parcels")
        if line.trouble.told:
            self._tell_operators(line.channel.name, f"通知渠道 {line.channel.name} 已恢复。")
        line.trouble.since, line.trouble.told = None, False

    def _take_place(self, line: _Line) -> bool:
        """Wait for the channel's pace; False when the sender is being closed."""
        while seconds := line.pace.take():
            if self._stopping.wait(seconds):
                return False
        return not self._stopping.is_set()

    def _count(self, what: str) -> None:
        with self._changed:
            self._counts[what] += 1

    # --- faults -------------------------------------------------------------------------------------------------------

    def _failed(self, trouble: _Trouble, parcel: Parcel, fault: Fault) -> None:
        now, name = self._clock(), trouble.name
        if self._hopeless(parcel, fault, now):
            self.archive.parcel_given_up(parcel, fault.why)
            self._arrived.pop(parcel.parcel_id, None)
            self._count("given_up")
            _log.error(
                "channel %s: %s given up after %d tries: %s", name, parcel.parcel_id, parcel.tries + 1, fault.why
            )
            self._tell_operators(name, f"通知渠道 {name} 有 {len(parcel.notices)} 条通知未能送达，已放弃：{fault.why}")
        else:
            retry_at = now + timedelta(seconds=retry_seconds(fault, parcel.tries))
            self.archive.parcel_failed(parcel, fault.why, retry_at)
            self._count("failed")
            _log.warning("channel %s: %s: %s; next try %s", name, parcel.parcel_id, fault.why, f"{retry_at:%F %T} UTC")
        trouble.since = trouble.since or now
        if not trouble.told and (fault.nature in ("lasting", "content") or now - trouble.since >= TOLD_AFTER):
            trouble.told = True
            self._tell_operators(name, f"通知渠道 {name} 无法送达：{fault.why}")

    def _hopeless(self, parcel: Parcel, fault: Fault, now: datetime) -> bool:
        if now - parcel.due_at > timedelta(days=self._settings.notices.retry_days):
            return True
        return fault.nature == "content" and parcel.tries + 1 >= CONTENT_TRIES

    # --- straight to the operators ------------------------------------------------------------------------------------

    def cry(self, text: str) -> None:
        """Tell the operators at once, without the database. The same words go out once an hour at most.

        Waits at most ``CRY_SECONDS``; what could not be told stands in the log.
        """
        now = self._clock()
        with self._changed:
            if (last := self._cried.get(text)) is not None and now - last < CRY_AGAIN:
                return
            self._cried = {said: at for said, at in self._cried.items() if now - at < CRY_AGAIN} | {text: now}
        _log.error("%s", redact(text))
        self._say(self._settings.notices.operators, text, now)

    def _tell_operators(self, but: str, text: str) -> None:
        self._say([name for name in self._settings.notices.operators if name != but], text, self._clock())

    def _say(self, names: Collection[str], text: str, now: datetime) -> None:
        threads = [
            threading.Thread(target=self._say_to, args=(self._lines[name], text, now), name="notices-cry", daemon=True)
            for name in names
        ]
        for thread in threads:
            thread.start()
        end = time.monotonic() + CRY_SECONDS
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _say_to(self, line: _Line, text: str, now: datetime) -> None:
        parcel = direct(line.channel.name, "trouble", text, now)
        for message in compose(parcel, line.channel):
            line.pace.take()  # counted, and not waited for
            fault = transmit(line.channel, message, parcel, self._policy, now)
            if fault is not None:
                _log.error("channel %s: could not tell the operators: %s", line.channel.name, fault.why)
                return


def try_channel(name: str, settings: Settings, now: datetime | None = None) -> tuple[Message, Fault | None]:
    """Send a message that says it is a test by this channel: the message, and why it did not arrive.

    Needs no archive. Raises ConfigError when the channel cannot be used.
    """
    channel = load_channel(name, settings)
    parcel = direct(name, "test", f"这是一条测试通知，渠道 {name} 可以送达。", now or utc_now())
    message = compose(parcel, channel)[0]
    return message, transmit(channel, message, parcel, policy_of(settings), parcel.due_at)


def policy_of(settings: Settings) -> AddressPolicy:
    """Where receivers may be: at public addresses, and where ``fetch.allow`` or ``notices.allow`` permit it."""
    return AddressPolicy([*settings.fetch.allow, *settings.notices.allow])


def direct(channel: str, kind: str, text: str, now: datetime) -> Parcel:
    """A parcel beside the outbox: one text that has no article and no alarm."""
    digest = hashlib.sha256(f"{channel} {kind} {text}".encode()).hexdigest()[:12]
    number = f"x{now:%Y%m%d%H}-{digest}"
    notice = Notice(notice_id=number, kind=kind, site="", at=now, title=redact(text))
    return Parcel(number, channel, "operator", "", "", (notice,), now)


def retry_seconds(fault: Fault, tries: int, jitter: Callable[[float, float], float] = random.uniform) -> float:
    """How long to wait after this fault of a parcel that had failed ``tries`` times before.

    Doubles each time, up to half an hour for what may pass by itself and six hours for what may not; spread by a fifth,
    so that not all come at once; never before the receiver wants it.
    """
    first, most = _DELAYS[fault.nature]
    seconds = min(most, first * 2.0 ** min(tries, 30)) * jitter(0.8, 1.2)
    return max(seconds, fault.wait_seconds or 0.0)
