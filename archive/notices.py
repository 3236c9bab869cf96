"""Watches and notices as the other packages see them: a part of ``Archive``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from archive import channel_states, deliveries, expansion, outbox, tellings, watches
from archive.channel_states import ChannelState
from archive.deliveries import Parcel
from archive.opened import Opened
from archive.outbox import OutboxRow, SentRow
from archive.rhythms import IsWorkday, monday_to_friday
from archive.routes import Routes
from archive.tellings import Notice
from archive.watches import Wanted, WatchRow


class Notices(Opened):
    """Watches, what is due to whom, and what became of it; see ``Archive``."""

    # --- watches ------------------------------------------------------------------------------------------------------

    def add_watch(self, team: str, name: str, wanted: Wanted) -> WatchRow:
        """A new watch. It is told of what happens from now on. Raises WatchExists, ValueError."""
        return watches.add(self.database, team, name, wanted, self._clock())

    def edit_watch(
        self, team: str, name: str, wanted: Wanted, is_workday: IsWorkday = monday_to_friday
    ) -> WatchRow | None:
        """Let a watch look for something else, or tell otherwise; None when there is none. Raises ValueError.

        What waits goes out by the new rhythm; what waits for a channel that it no longer has is let go.
        """
        return watches.edit(self.database, team, name, wanted, is_workday)

    def enable_watch(self, team: str, name: str, enabled: bool) -> WatchRow | None:
        """Rest a watch, or go on with it from now on; what waits when it begins to rest is let go. None: no such."""
        return watches.enable(self.database, team, name, enabled, self._clock())

    def remove_watch(self, team: str, name: str) -> WatchRow | None:
        """Forget a watch and what waits for it; what it was, None when there is none."""
        return watches.remove(self.database, team, name, self._clock())

    def watches(self, team: str | None = None, name: str | None = None) -> list[WatchRow]:
        """Watches by team and name, with what waits and fails; the operators' own comes last."""
        return watches.watches(self.database, team, name)

    def preview(self, wanted: Wanted, since: datetime, limit: int = 200) -> list[Notice]:
        """What such a watch would have been told of what happened since then: the latest ``limit``, oldest first."""
        return expansion.preview(self.database, wanted, since, limit)

    def example(self, article_id: int, wanted: Wanted) -> Notice:
        """How such a watch would be told of an article that is held already, if it were new."""
        return tellings.example(self.database, article_id, wanted.terms, self._clock())

    # --- sending ------------------------------------------------------------------------------------------------------

    def expand_events(self, routes: Routes) -> int:
        """Find out who is to be told of what happened since the last time; how many deliveries were written.

        May be killed, and called by several processes at once: each event comes to each watch and channel once.
        """
        return expansion.expand(self.database, routes, self._clock())

    def due_parcels(
        self, now: datetime | None = None, limit: int = 100, *, is_workday: IsWorkday = monday_to_friday
    ) -> list[Parcel]:
        """What is to be sent now, at most one parcel for each channel, the longest due first; claimed for the caller.

        Report what became of each, then ask again: the next ones of a channel come when the one before has arrived or
        was given up. While a parcel waits for its retry, nothing else goes out by its channel.
        """
        return deliveries.due(self.database, now or self._clock(), limit, is_workday)

    def part_sent(self, parcel: Parcel, parts: int) -> bool:
        """So many messages of a parcel have arrived. False: another sender has taken it over; stop."""
        return deliveries.part_sent(self.database, parcel, parts, self._clock())

    def parcel_sent(self, parcel: Parcel) -> None:
        """All of it has arrived."""
        deliveries.ended(self.database, parcel, "sent", "", self._clock())

    def parcel_failed(self, parcel: Parcel, why: str, retry_at: datetime) -> None:
        """It could not be sent, or not all of it; it is due again at ``retry_at``."""
        deliveries.failed(self.database, parcel, why, retry_at, self._clock())

    def parcel_given_up(self, parcel: Parcel, why: str) -> None:
        """It is not tried any more; the outbox shows it until it is tried again by hand, or pruned."""
        deliveries.ended(self.database, parcel, "given up", why, self._clock())

    # --- the outbox ---------------------------------------------------------------------------------------------------

    def outbox(self, team: str | None = None, name: str | None = None) -> list[OutboxRow]:
        """What did not arrive yet, and what was given up; parcels in the order in which they were made up."""
        return outbox.outbox(self.database, self._clock(), team, name)

    def last_sent(self, watch: WatchRow, limit: int = 5) -> list[SentRow]:
        """What arrived last of a watch, the newest first, as far as it was not pruned."""
        return outbox.last_sent(self.database, watch.id, limit)

    def retry_parcels(self, numbers: Sequence[int]) -> list[int]:
        """Try these parcels again now, given up or waiting for their retry; those that there are."""
        return outbox.try_again(self.database, numbers, self._clock())

    def channel_states(self) -> dict[str, ChannelState]:
        """How each channel does that ever had something to send: what arrived last, failed last, waits."""
        return channel_states.channel_states(self.database)
