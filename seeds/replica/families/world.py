"""The family sites, their articles in two epochs, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path

from seeds.replica.content import Writer, chance
from seeds.replica.model import SHANGHAI, Precision, Truth
from seeds.replica.names import people

SITES = Path(__file__).parent / "sites"
"""Folder of the site files."""
PER_PAGE = 8
EPOCHS = (1, 2)
"""In epoch 2 every site has one article more."""
NEWEST = datetime(2025, 9, 19, 16, 40, 25, tzinfo=SHANGHAI)
COLUMN = "质量动态"


@dataclass(frozen=True)
class FamilySite:
    """One site. ``size`` articles in epoch 1; ``path`` is the form of an article's address.

    ``codec`` is that of the bytes, ``label`` the charset in the page's head, ``content_type`` the header's.
    """

    family: str
    host: str
    publisher: str
    path: str
    size: int = 25
    precision: Precision = "minute"
    codec: str = "utf-8"
    label: str = "utf-8"
    content_type: str = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Story:
    """One article. ``printed_…`` are the words on the page, the other fields what they mean."""

    site: FamilySite
    number: int
    title: str
    paragraphs: tuple[str, ...]
    published: datetime
    printed_source: str
    source: str | None
    printed_author: str
    authors: tuple[str, ...]
    reporters: tuple[str, ...]
    editor: str
    since: int

    @property
    def path(self) -> str:
        """Path on the site's host."""
        when = self.published
        return self.site.path.format(
            when=when, month=when.month, day=when.day, id=self.number, hex=f"{self.number * 7919:032x}", guid=self._guid
        )

    @property
    def url(self) -> str:
        """The address."""
        return f"http://{self.site.host}{self.path}"

    @property
    def _guid(self) -> str:
        digits = f"{chance(f'{self.site.family} {self.number}').getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


FAMILY_SITES = {
    site.family: site
    for site in (
        FamilySite(
            "founder", "www.yunhe-news.example", "云河新闻网", "/content/{when:%Y-%m}/{when:%d}/content_{id}.htm",
            precision="second", content_type="text/html; charset=ISO-8859-1",
        ),
        FamilySite("trs", "www.lanxi.example", "岚溪市人民政府", "/zwgk/zldt/{when:%Y%m}/t{when:%Y%m%d}_{id}.shtml"),
        FamilySite("jcms", "www.suzhong.example", "苏中县人民政府", "/art/{when:%Y}/{month}/{day}/art_1201_{id}.html"),
        FamilySite("jpaas", "scjg.haiyan.example", "海堰市市场监督管理局", "/xw/zj/art/{when:%Y}/art_{hex}.html"),
        FamilySite("phpcms", "www.zhongliang.example", "众量产业网", "/html/{when:%Y}/zldt_{when:%m%d}/{id}.html"),
        FamilySite(
            "dede", "www.zhijian.example", "质检在线", "/a/zhiliang/{when:%Y}/{when:%m%d}/{id}.html",
            codec="gb18030", label="gb2312", content_type="text/html",
        ),
        FamilySite("empire", "www.jiliang.example", "计量之家", "/zhiliang/{id}.html"),
        FamilySite("jeecms", "www.jcy.example", "青禾计量院", "/zldt/{id}.jhtml"),
        FamilySite("nfcms", "scjgj.nanling.example", "南岭市市场监督管理局", "/zwdt/zldt/content/post_{id}.html"),
        # With 32 articles the thirty-third begins a fifth page, and every page's number goes up by one.
        FamilySite("vsb", "zlj.shuyuan.example", "书院质量研究所", "/info/1021/{id}.htm", size=32),
        FamilySite("ls", "www.huaixi.example", "淮西县人民政府", "/zldt/{id}.html"),
        FamilySite("truecms", "www.jianghai.example", "江海市人民政府", "/jhszf/zldt/content/{guid}.html"),
        FamilySite(
            "epoint", "zlj.pengcheng.example", "鹏城质量局", "/govInfo/003/{when:%Y%m%d}/{guid}.html",
            size=61,  # its pages are of twenty
        ),
        FamilySite("govcn", "www.zhoufu.example", "洲府政府网", "/yaowen/{when:%Y%m}/content_{id}.htm"),
    )
}  # fmt: skip
"""By family."""

_WITH_META = frozenset(["trs", "jcms", "jpaas", "nfcms", "vsb", "ls", "truecms", "epoint"])
_PLACEHOLDERS = {"jeecms": ("本站原创", "本站编辑"), "dede": ("本站", "admin"), "empire": ("", "佚名")}


class FamilyWorld:
    """All articles of all family sites."""

    @property
    def hosts(self) -> dict[str, str]:
        """Every host with its site's family."""
        return {site.host: family for family, site in FAMILY_SITES.items()}

    def stories(self, epoch: int, family: str) -> list[Story]:
        """The articles of one site, newest first."""
        return [story for story in self._stories[family] if story.since <= epoch]

    def story(self, epoch: int, family: str, path: str) -> Story | None:
        """The article at a path."""
        return self._by_path(epoch, family).get(path)

    def truth(self, epoch: int, family: str) -> dict[str, Truth]:
        """What an archive holds that has read everything, by address."""
        return {story.url: _truth(story) for story in self.stories(epoch, family)}

    @lru_cache(maxsize=64)  # noqa: B019 - one world per process
    def _by_path(self, epoch: int, family: str) -> dict[str, Story]:
        return {story.path: story for story in self.stories(epoch, family)}

    @cached_property
    def _stories(self) -> dict[str, list[Story]]:
        writer = Writer()
        return {family: list(_written(writer, site)) for family, site in FAMILY_SITES.items()}


@lru_cache(maxsize=1)
def load_family_world() -> FamilyWorld:
    """The world, built once per process."""
    return FamilyWorld()


def _written(writer: Writer, site: FamilySite) -> list[Story]:
    stories = []
    moment = NEWEST
    for index in range(site.size + 1):
        key = f"{site.family}-{index}"
        rng = chance(f"family {key}")
        # Days and months of one digit come in the second half of the list.
        moment = (moment - timedelta(hours=rng.randint(7, 31))).replace(minute=rng.randint(0, 59))
        text = writer.article(key, moment, None, size="short")
        stories.append(_story(site, index, moment, text.title, [words for _, words in text.paragraphs]))
    return stories


def _story(site: FamilySite, index: int, moment: datetime, title: str, paragraphs: list[str]) -> Story:
    first, second, third = people(chance(f"family people {site.family} {index}"), 3)
    printed_source = (site.publisher, "中国质量报", "新岸日报", site.publisher)[index % 4]
    printed_author, authors = (first, (first,)) if index % 3 == 0 else ("", ())
    source: str | None = printed_source
    if site.family in _PLACEHOLDERS and index % 4 == 3:
        printed_source, printed_author = _PLACEHOLDERS[site.family]
        source, authors = None, ()
    reporters = (second,) if index % 5 == 1 else ()
    if reporters:
        paragraphs[0] = f"本报讯（记者 {second}）{paragraphs[0]}"
    return Story(
        site=site,
        number=40_000 + (site.size - index) * 3,
        title=title,
        paragraphs=tuple(paragraphs),
        published=moment,
        printed_source=printed_source,
        source=source,
        printed_author=printed_author,
        authors=authors,
        reporters=reporters,
        editor=third,
        since=2 if index == 0 else 1,
    )


def has_meta(family: str) -> bool:
    """Whether the site's pages carry the standard meta tags."""
    return family in _WITH_META


def _truth(story: Story) -> Truth:
    return Truth(
        key=f"{story.site.family}-{story.number}",
        site=story.site.family,
        url=story.url,
        title=story.title,
        body="\n".join(story.paragraphs),
        lists=(COLUMN,),
        published_at=story.published if story.site.precision == "second" else story.published.replace(second=0),
        published_precision=story.site.precision,
        source=story.source,
        reporters=story.reporters,
        authors=story.authors,
        editors=() if story.site.family == "govcn" else (story.editor,),
    )
