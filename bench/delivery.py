"""Notices under fire (R17): headlines that want to be more than text, kill -9 between store and send, a receiver that
is down for a day.

1. 24 payloads by webhook and by mail arrive as text: no header, no receiver, no tag of theirs.
2. A process stores articles and sends them; it is killed as soon as they are stored, while it sends, and when the
   receiver has the message but has not answered, or only just. Then the next one goes on, at the end one unharmed.
3. A receiver answers 503 for a simulated day in which articles go on appearing.

What a sender that is killed between the receiver's yes and its own note of it cannot know, it sends again, under the
same id: these are counted apart, and a receiver that looks at ids sees none of them.
"""

from __future__ import annotations

import itertools
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.archive import Archive
from bench.kills import postgres
from bench.outbox import channels_set, publish, watch_all
from bench.payloads import PAYLOADS
from bench.receivers import OK, Got, HttpReceiver, MailReceiver, Reply
from bench.report import Bar, Report
from bench.report import main as report_main
from config.settings import load_settings
from scheduler.messages import plain
from scheduler.sending import Sender

KILLS = 50
BETWEEN = ("stored",)
SENDING = ("soon after", "not answered", "just answered")
"""Moments of a kill: as soon as the articles are stored, or later."""
SITES = ("news", "trade", "bureau")
PER_ROUND = 4
"""Articles stored in one transaction, of each site."""
HOURS = 24


# --- 1: payloads ------------------------------------------------------------------------------------------------------


def payloads(work: Path) -> tuple[int, int]:
    """How many of them did not arrive as text, by webhook and by mail."""
    headers = {
        *("subject", "from", "to", "date", "message-id", "x-zhiwen-notice", "auto-submitted"),
        *("content-type", "content-transfer-encoding", "mime-version"),
    }
    with HttpReceiver() as hook, MailReceiver() as mails:
        mail = f"mailto://127.0.0.1:{mails.port}?to=reader@example.org&from=zhiwen@example.org"
        channels = {"hook": _json(hook), "mail": mail}
        with channels_set(channels, work), Archive(f"sqlite:///{work / 'payloads.db'}", work) as archive:
            watch_all(archive, "hook", "mail", most=1)
            publish(archive, "news", PAYLOADS)
            sender = Sender(archive, load_settings())
            _send_all(archive, sender)
            sender.close()
        by_hook = {notice["title"]: got for got in hook.got for notice in got.json()["notices"]}
        wrong_hook = wrong_mail = 0
        for number, payload in enumerate(PAYLOADS):
            stored = payload.replace("\x00", "\ufffd")  # what the archive keeps of it
            shown = f"【新发布】{plain(stored)}"
            got = by_hook.get(stored)
            wrong_hook += got is None or got.json()["message"].splitlines()[0] != shown
            if number >= len(mails.mails):
                wrong_mail += 1
                continue
            came = mails.mails[number]
            read = came.read
            body, subject = str(read.get_content()).splitlines()[0], str(read["Subject"])
            cut = subject.removesuffix("…").rstrip()
            fine = body == shown and shown.startswith(cut) and len(cut) >= min(len(shown), 100)
            fine = fine and {name.lower() for name in read} == headers and came.receivers == ("reader@example.org",)
            wrong_mail += not fine
    return wrong_hook, wrong_mail


# --- 2: kills ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Killed:
    """What was found. ``repeats`` are messages that came more than once under one id, ``unanswered`` kills at a moment
    when the receiver had a message that the sender had not noted as arrived."""

    database: str
    kills: int = 0
    before_sending: int = 0
    unanswered: int = 0
    stored: int = 0
    arrived: int = 0
    lost: int = 0
    repeats: int = 0
    other_ids: int = 0
    out_of_order: int = 0
    moments: Counter[str] = field(default_factory=Counter)


def kill_senders(
    name: str,
    database_url: str,
    kills: int,
    seed: int,
    work: Path,
    say: Callable[[str], None],
    choice: Sequence[str] = BETWEEN + SENDING,
) -> Killed:
    """Start a process that stores and sends, kill it, and so on; then one that ends by itself."""
    moments = random.Random(seed)
    folder = work / name
    folder.mkdir()
    url = database_url or f"sqlite:///{folder / 'zhiwen.db'}"
    found = Killed(name)
    with HttpReceiver() as receiver, Archive(url, folder) as archive, channels_set({"hook": _json(receiver)}, work):
        watch_all(archive, "hook", most=3)
        environment = {**os.environ, "ZHIWEN_DATA_DIR": str(folder), "ZHIWEN_DATABASE_URL": url}
        for number in range(kills):
            _one_kill(found, receiver, environment, number, moments, moments.choice(choice))
            if (number + 1) % 10 == 0:
                say(f"{name}: {number + 1} of {kills} kills, {len(receiver.got)} messages came")
        receiver.replies = [OK]
        last = _start(environment, kills)
        if last.wait(120) != 0:
            raise RuntimeError("the last sender did not end by itself")
        _compare(found, receiver, archive)
    return found


def _one_kill(
    found: Killed,
    receiver: HttpReceiver,
    environment: dict[str, str],
    number: int,
    moments: random.Random,
    moment: str,
) -> None:
    """One process, killed at this moment."""
    before = len(receiver.got)
    process: subprocess.Popen[bytes]
    ready = threading.Event()

    def kill(got: Got) -> None:
        ready.wait(60)
        process.kill()

    def kill_soon(got: Got) -> None:
        ready.wait(60)
        threading.Timer(moments.uniform(0.0, 0.006), process.kill).start()

    wanted = moments.randint(0, 3)
    plain_replies = [OK] * wanted
    if moment == "not answered":
        receiver.replies = [*plain_replies, Reply(first=kill), OK]
    elif moment == "just answered":
        receiver.replies = [*plain_replies, Reply(first=kill_soon), OK]
    else:
        receiver.replies = [OK]
    process = _start(environment, number)
    ready.set()
    assert process.stdout is not None
    process.stdout.readline()  # "stored": the articles and their events are committed
    if moment in ("stored", "soon after"):
        if moment == "soon after":
            time.sleep(moments.uniform(0.0, 0.15))
        process.kill()
    process.wait(120)
    process.stdout.close()
    if process.returncode == -signal.SIGKILL:
        found.kills += 1
        found.moments[moment] += 1
        if len(receiver.got) == before:
            found.before_sending += 1
        else:
            found.unanswered += 1


def _start(environment: dict[str, str], number: int) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-P", "-m", "bench.delivery", "--child", str(number)]
    root = Path(__file__).resolve().parents[1]
    return subprocess.Popen(
        program,
        env={**environment, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def child(number: int) -> int:
    """The process that is killed: stores, says so, sends until there is nothing more to send."""
    settings = load_settings()
    with Archive(settings.archive_url, settings.data_dir) as archive:
        sender = Sender(archive, settings)
        for site in SITES:
            publish(archive, site, [_title(site, number, one) for one in range(PER_ROUND)])
        print("stored", flush=True)
        _send_all(archive, sender)
        sender.close()
    return 0


def _send_all(archive: Archive, sender: Sender) -> None:
    """Until nothing waits any more; a slow machine needs more than one turn."""
    end = time.monotonic() + 100
    sender.deliver()
    while time.monotonic() < end and any(state.waiting for state in archive.channel_states().values()):
        if not sender.deliver().messages:
            time.sleep(0.05)


def _title(site: str, number: int, one: int) -> str:
    return f"{site}关于第{number * PER_ROUND + one}批质量强市建设任务的通知"


def _compare(found: Killed, receiver: HttpReceiver, archive: Archive) -> None:
    messages = [got.json() for got in receiver.got]
    ids = Counter(message["id"] for message in messages)
    found.repeats = sum(count - 1 for count in ids.values())
    notices: dict[str, set[str]] = {}
    order: dict[str, list[int]] = {}
    seen: set[str] = set()
    for message in messages:
        for notice in message["notices"]:
            notices.setdefault(notice["notice_id"], set()).add(message["id"])
            if notice["notice_id"] not in seen:
                seen.add(notice["notice_id"])
                order.setdefault(notice["site"], []).append(notice["article_id"])
    stored = {article.article.id for article in archive.export()}
    arrived = {number for numbers in order.values() for number in numbers}
    found.stored, found.arrived, found.lost = len(stored), len(arrived), len(stored - arrived)
    found.other_ids = sum(len(one) - 1 for one in notices.values())
    found.out_of_order = sum(
        later < earlier for numbers in order.values() for earlier, later in itertools.pairwise(numbers)
    )


# --- 3: a day ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Day:
    """A receiver away for a day: what was stored meanwhile, lost, repeated, out of order; how late the last came."""

    stored: int = 0
    lost: int = 0
    repeats: int = 0
    out_of_order: int = 0
    tries: int = 0
    minutes_after: float = 0.0


def day_down(hours: int, work: Path) -> Day:
    """The clock is moved by hand, five minutes at a time; an article appears every half an hour."""
    now = datetime(2026, 11, 20, tzinfo=UTC)
    found, told = Day(), list[str]()
    with HttpReceiver([Reply(503)]) as receiver, channels_set({"hook": _json(receiver)}, work):
        with Archive(f"sqlite:///{work / 'day.db'}", work, clock=lambda: now) as archive:
            watch_all(archive, "hook", most=5)
            sender = Sender(archive, load_settings(), clock=lambda: now)
            back = now + timedelta(hours=hours)
            while now < back + timedelta(hours=2):
                if now < back and now.minute % 30 == 0:
                    publish(archive, SITES[found.stored % len(SITES)], [f"第{found.stored}号通知"])
                    found.stored += 1
                if now == back:
                    found.tries = len(receiver.got)
                    receiver.got.clear()
                    receiver.replies = [OK]
                arrived = len(receiver.got)
                sender.deliver()
                if now >= back and len(receiver.got) > arrived:
                    found.minutes_after = (now - back) / timedelta(minutes=1)
                now += timedelta(minutes=5)
            sender.close()
        for got in receiver.got:
            told += [notice["title"] for notice in got.json()["notices"]]
    numbers = [int(title.strip("第号通知")) for title in told]
    found.lost = found.stored - len(set(numbers))
    found.repeats = len(numbers) - len(set(numbers))
    for site in range(len(SITES)):
        mine = [number for number in numbers if number % len(SITES) == site]
        found.out_of_order += mine != sorted(mine)
    return found


# --- all of it --------------------------------------------------------------------------------------------------------


def _json(receiver: HttpReceiver) -> str:
    return f"json://127.0.0.1:{receiver.port}/hook"


def run(size: int | None = None) -> Report:
    """``size`` counts the kills between store and send on SQLite (50); half as many follow while it sends.

    On PostgreSQL there are two fifths of it, at any moment.
    """
    kills = size or KILLS
    seed = int.from_bytes(os.urandom(4), "big")
    _say(f"seed {seed}")
    logging.disable(logging.ERROR)  # each try of a day's hundred would be a line
    with tempfile.TemporaryDirectory(prefix="zhiwen-delivery-") as folder:
        work = Path(folder)
        wrong_hook, wrong_mail = payloads(work)
        outcomes = [
            kill_senders("sqlite, between", "", kills, seed, work, _say, BETWEEN),
            kill_senders("sqlite, sending", "", kills // 2, seed, work, _say, SENDING),
        ]
        if kills * 2 // 5:
            with postgres(work) as url:
                outcomes.append(kill_senders("postgresql", url, kills * 2 // 5, seed, work, _say))
        day = day_down(HOURS, work)
    return report(wrong_hook, wrong_mail, outcomes, day, seed)


def report(wrong_hook: int, wrong_mail: int, outcomes: Sequence[Killed], day: Day, seed: int) -> Report:
    """The table and the bars of R17."""
    rows = [
        [
            one.database,
            *map(str, (one.kills, one.before_sending, one.unanswered, one.stored, one.lost, one.out_of_order)),
            *map(str, (one.other_ids, one.repeats, max(0, one.repeats - one.unanswered))),
        ]
        for one in outcomes
    ]
    rows.append(
        ["a day down", "", "", "", str(day.stored), str(day.lost), str(day.out_of_order), "", str(day.repeats), ""]
    )
    bars = [
        Bar("payloads not text by webhook, of 24", wrong_hook, 0),
        Bar("payloads not text by mail, of 24", wrong_mail, 0),
    ]
    for one in outcomes:
        bars += [
            Bar(f"{one.database}: lost", one.lost, 0),
            Bar(f"{one.database}: told twice to who drops known ids", one.other_ids, 0),
            Bar(
                f"{one.database}: repeats beyond one for each kill with a message on its way",
                one.repeats,
                one.unanswered,
            ),
            Bar(f"{one.database}: out of order per site", one.out_of_order, 0),
        ]
    bars += [
        Bar("a day down: lost", day.lost, 0),
        Bar("a day down: repeated", day.repeats, 0),
        Bar("a day down: sites out of order", day.out_of_order, 0),
        Bar("a day down: minutes until all had arrived", day.minutes_after, 60),
    ]
    notes = [
        f"seed {seed}",
        *(f"{one.database}: killed when {', '.join(f'{m} {n}' for m, n in one.moments.items())}" for one in outcomes),
        "A receiver that drops what comes again under an Idempotency-Key it knows sees no repeat.",
        f"a day down: {day.tries} tries while it was away",
    ]
    columns = [
        *("database", "kills", "nothing sent yet", "on its way", "stored", "lost", "out of order"),
        *("other id", "same id again", "without excuse"),
    ]
    return Report("delivery: notices under fire", columns, rows, bars, notes)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see ``bench.report.main``."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--child"]:
        return child(int(arguments[1]))
    return report_main(run, arguments, "Notices under fire: payloads, kill -9, a receiver down for a day.")


if __name__ == "__main__":
    raise SystemExit(main())
