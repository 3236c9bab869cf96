"""When the articles of each column were published: what rhythms of sites are measured by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from archive.database import Database
from archive.models import Article
from archive.opened import Opened

_article = Article.__table__


class Publications(Opened):
    """Questions about moments of publication; see ``Archive``."""

    def publication_stamps(self, since: datetime) -> dict[tuple[str, str], list[datetime]]:
        """The moments (UTC, oldest first) of the articles published from ``since`` on, by site and column.

        Only moments printed to the minute or better. A column is the last step of the breadcrumb ("" where there is
        none).
        """
        return publication_stamps(self.database, since)


def publication_stamps(database: Database, since: datetime) -> dict[tuple[str, str], list[datetime]]:
    """See ``Publications.publication_stamps``."""
    wanted = (
        select(_article.c.site, _article.c.column, _article.c.published_at)
        .where(_article.c.published_at >= since, _article.c.published_precision.in_(("minute", "second")))
        .order_by(_article.c.published_at, _article.c.id)
    )
    stamps: dict[tuple[str, str], list[datetime]] = {}
    with database.read() as connection:
        for site, breadcrumb, published in connection.execute(wanted):
            column = next((step for step in reversed(breadcrumb.split("\n")) if step), "")
            stamps.setdefault((site, column), []).append(published)
    return stamps
