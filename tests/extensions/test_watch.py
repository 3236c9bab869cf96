"""Whether a site is still itself, from what a run saw of it."""

from __future__ import annotations

from crawler.extensions.watch import Watch, judge_site, needs_look
from crawler.reading.foreign import Sight


def watch(
    alive: int = 0, foreign: int = 0, gone: int = 0, *, lists: int = 1, looked: dict[Sight, int] | None = None
) -> Watch:
    """A run that saw so many known pages, and so many more that it ``looked`` at in doubt."""
    seen = Watch(lists_usual=lists)
    counts: dict[Sight, int] = {"alive": alive, "foreign": foreign, "gone": gone}
    pages: list[tuple[Sight, bool]] = [(sight, False) for sight, count in counts.items() for _ in range(count)]
    pages += [(sight, True) for sight, count in (looked or {}).items() for _ in range(count)]
    if looked is not None:
        seen.looked, seen.settled = {}, True
    for number, (sight, in_doubt) in enumerate(pages):
        key = number.to_bytes(4, "big")
        seen.see(key, f"http://a.example/{number}", sight, f"page {number} is {sight}")
        seen.articles[key] = number
        if in_doubt and seen.looked is not None:
            seen.looked[key] = sight
    return seen


def judged(seen: Watch) -> tuple[str, bool, bool]:
    judgement = judge_site(seen)
    return judgement.kind, judgement.is_well, judgement.frozen


WELL = ("", True, False)
TAKEN = ("hijacked", False, True)
MISSING = ("missing", False, False)


def test_site_without_anything_odd_is_well() -> None:
    assert judged(watch(alive=5)) == judged(watch()) == WELL
    assert not needs_look(watch(alive=5))


def test_known_pages_that_turn_foreign_together_are_a_takeover() -> None:
    assert judged(watch(alive=1, foreign=6)) == TAKEN
    assert judged(watch(foreign=3, lists=0)) == TAKEN
    assert judged(watch(foreign=1, looked={"foreign": 3})) == TAKEN
    assert judged(watch(foreign=2, gone=1, looked={"foreign": 1, "gone": 1})) == TAKEN
    assert "page 1 is foreign" in judge_site(watch(alive=1, foreign=6)).why


def test_rewritten_pages_are_edits_while_the_others_read_as_before() -> None:
    assert judged(watch(alive=4, foreign=2)) == WELL
    three_of_five = watch(alive=2, foreign=3)
    assert needs_look(three_of_five), "too little is known to say"
    assert judged(watch(alive=2, foreign=3, looked={"alive": 3})) == WELL


def test_many_foreign_pages_are_a_takeover_whatever_three_others_show() -> None:
    assert judged(watch(foreign=9, looked={"alive": 3})) == TAKEN


def test_only_page_of_a_site_may_be_rewritten_while_its_list_names_it() -> None:
    assert judged(watch(foreign=1, looked={})) == WELL
    assert judged(watch(foreign=1, lists=0, looked={})) == TAKEN


def test_single_pages_are_gone_while_the_rest_answers() -> None:
    assert judged(watch(alive=9, gone=1)) == WELL
    assert not needs_look(watch(alive=9, gone=1))
    assert judged(watch(gone=1, looked={})) == WELL, "its list is as usual, and nothing else is known"


def test_three_due_pages_that_are_gone_are_real_when_known_ones_answer_and_ill_when_they_do_not() -> None:
    assert needs_look(watch(gone=3))
    assert judged(watch(gone=3, looked={"alive": 3})) == WELL
    assert judged(watch(gone=3, looked={"alive": 1, "gone": 2})) == MISSING
    assert judged(watch(gone=3, looked={"unclear": 3})) == MISSING
    assert judged(watch(gone=1, lists=0, looked={"gone": 3})) == MISSING
    assert "4 of 5 known pages" in judge_site(watch(alive=1, gone=4, looked={})).why


def test_pages_gone_by_the_dozen_are_for_a_person_to_believe() -> None:
    seen = watch(gone=40, looked={"alive": 3})
    assert judged(seen) == MISSING
    seen.accepted = True
    assert judged(seen) == WELL


def test_articles_that_stand_at_another_address_are_not_gone() -> None:
    seen = watch(gone=3, looked={"gone": 3})
    assert judged(seen) == MISSING
    seen.moved = set(range(6))
    assert judged(seen) == WELL


def test_page_that_says_nothing_counts_for_nothing_and_the_last_sight_of_a_page_counts() -> None:
    seen = Watch(lists_usual=1)
    seen.see(b"a", "http://a.example/", "gone", "404")
    seen.see(b"a", "http://a.example/", "unclear", "500")
    assert seen.gone
    seen.see(b"a", "http://a.example/", "foreign", "odd")
    seen.see(b"a", "http://a.example/", "alive", "")
    assert (len(seen.alive), len(seen.gone), len(seen.foreign)) == (1, 0, 0)


def test_new_pages_full_of_foreign_words_are_an_alarm_and_freeze_only_a_site_whose_own_pages_are_gone() -> None:
    for alive, frozen in ((3, False), (0, True)):
        seen = watch(alive=alive)
        seen.intruders = {f"http://a.example/{n}": "百家乐" for n in range(3)}
        judgement = judge_site(seen)
        assert (judgement.kind, judgement.frozen) == ("hijacked", frozen)
    seen.new = 9
    assert judge_site(seen).kind == "", "some among many articles are left out, and that is all"


def test_list_of_foreign_entries_is_an_alarm_and_freezes_a_site_whose_known_pages_are_not_there() -> None:
    for seen, frozen in ((watch(lists=0, looked={"alive": 3}), False), (watch(lists=0, looked={"gone": 3}), True)):
        seen.lists_foreign = 1
        judgement = judge_site(seen)
        assert (judgement.kind, judgement.frozen) == ("hijacked", frozen)


def test_lists_without_articles_ask_for_a_look_unless_another_is_as_usual() -> None:
    seen = watch(lists=0)
    seen.lists_strange = 1
    assert needs_look(seen)
    seen.lists_usual = 1
    assert not needs_look(seen)
    seen.lists_usual, seen.looked = 0, {}
    assert not needs_look(seen), "once is enough"


def test_new_things_wait_from_the_first_doubt_until_the_known_pages_have_answered() -> None:
    seen = watch()
    assert not seen.doubtful
    seen.why = "no known article on the list"
    assert seen.doubtful
    seen.settled = True
    assert not seen.doubtful
