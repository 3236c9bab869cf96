"""The part of ``Archive`` about how sites and columns are: sights, examinations, alarms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from archive import alarms, examinations, runs, sights
from archive.answers import AlarmRow, KnownText
from archive.examinations import DueSite, Found, Settled
from archive.opened import Opened
from archive.records import RunHandle, SiteFilter
from archive.sights import SightRow, Usual
from archive.words import AlarmKind


class Sickness(Opened):
    """See ``Archive``."""

    # --- alarms -------------------------------------------------------------------------------------------------------

    def raise_alarm(self, handle: RunHandle, kind: AlarmKind, reason: str, **about: Any) -> AlarmRow:
        """Open an alarm of the run's site, or count the open one once more. Raises LeaseLost.

        ``frozen`` (needed) says whether nothing of the site is stored while it lasts; ``evidence`` are sentences,
        ``pages`` addresses of known pages that gave it away.
        """
        with self.database.write() as connection:
            runs.hold(connection, handle, self._clock())
            return alarms.raise_alarm(
                connection, handle.site, kind, reason, self._clock(), run_id=handle.run_id, **about
            )

    def freeze(self, site: str, reason: str) -> AlarmRow:
        """Store nothing of the site until ``close_alarm``, whatever its pages say."""
        with self.database.write() as connection:
            return alarms.raise_alarm(connection, site, "by hand", reason, self._clock(), frozen=True)

    def close_alarm(self, site: str, because: str) -> AlarmRow | None:
        """End the alarm that a run or a person raised about a site, frozen or not; None when there is none."""
        with self.database.write() as connection:
            return alarms.close_alarm(connection, site, because, self._clock())

    def alarms(
        self,
        site: SiteFilter = None,
        *,
        closed: bool = False,
        limit: int = 100,
        kinds: Collection[AlarmKind] | None = None,
    ) -> list[AlarmRow]:
        """Open alarms, the newest first; with ``closed`` those that are over, too. ``kinds``: only these."""
        return alarms.alarms(self.database, site, closed, limit, kinds)

    def known_texts(
        self, site: str, *, first: Sequence[str] = (), without: Collection[bytes] = (), limit: int = 3
    ) -> list[KnownText]:
        """Stored articles to look at to see how a site is: those at the addresses ``first``, then live ones.

        Of the latest seen, from as many columns as there are; none whose key is in ``without``.
        """
        return alarms.known_texts(self.database, site, first, without, limit)

    # --- sights -------------------------------------------------------------------------------------------------------

    def sights(self, site: str, list_urls: Sequence[str], *, limit: int = 60) -> dict[str, list[SightRow]]:
        """What the last runs that have ended saw of each column, oldest first, by the address of its list.

        Where there are more than ``limit``, up to as many older ones that read articles stand before them.
        """
        return sights.sights(self.database, site, list_urls, limit)

    def usual(self, site: str, list_urls: Sequence[str]) -> dict[str, Usual]:
        """What is usual for each column of a site, by the address of its list."""
        return sights.usual(self.database, site, list_urls)

    def watched_since(self, site: str) -> dict[str, datetime]:
        """When each column was looked at for the first time, by the address of its list."""
        return sights.first_seen(self.database, site)

    def published(
        self, site: str, column: str, *, after: int = 0, limit: int = 3000
    ) -> list[tuple[int, datetime | None, datetime]]:
        """Number, published time and first-seen time of a column's articles, in the order in which they were stored.

        The last ``limit`` of those with a number greater than ``after``.
        """
        return sights.published(self.database, site, column, after, limit)

    # --- examinations -------------------------------------------------------------------------------------------------

    def due_examinations(self, now: datetime, every: timedelta) -> list[DueSite]:
        """The sites with runs that ended since they were examined, and those not examined for as long as ``every``."""
        return examinations.due_sites(self.database, now, every)

    def settle(
        self,
        due: DueSite,
        findings: Sequence[Found],
        *,
        run_of: Callable[[str], int | None],
        over: Callable[[AlarmRow], str],
    ) -> Settled:
        """In one transaction: open an alarm for each finding that has none, count the others, end what is over.

        ``run_of`` gives the last run that saw a column, ``over`` the sentence that says what ended an alarm. Whoever
        knows of fewer runs than the last examination changes nothing.
        """
        with self.database.write() as connection:
            return examinations.settle(connection, due, findings, run_of, over, self._clock())

    def note_examined(self, examined: Iterable[DueSite], trouble: str = "") -> None:
        """Remember that these sites were examined now; ``trouble`` says why in vain."""
        with self.database.write() as connection:
            examinations.note(connection, examined, self._clock(), trouble)

    def end_unwatched(self, watched: Collection[str], because: str) -> list[AlarmRow]:
        """End the alarms of all sites but these; what runs and persons raised stays."""
        open_now = alarms.alarms(self.database, None, closed=False, limit=10_000, kinds=None)
        if all(row.site in watched for row in open_now):
            return []
        with self.database.write() as connection:
            return examinations.end_orphans(connection, watched, because, self._clock())
