"""What was chosen and ticked comes back like what was typed, unless the page says something else by now."""

from tests.modules.letters.made import letter_in, receipt_of
from tests.screen.device import Device
from tests.screen.site import Site
from tests.screen.test_drafts import BACK, QUICK_HAND, TEXT, Devices, drafts, words

KEPT = "写的都存在这部手机里"
FILL = """() => {
  for (let size = 1 << 22, all = ''; size; size >>= 1)
    try { localStorage.full = all + 'x'.repeat(size); all = localStorage.full; } catch (full) { }
}"""


def choose(phone: Device, **picked: str) -> None:
    """Fill the form of a letter: its text, its village, and what is ticked."""
    phone.page.fill("#text", TEXT)
    for name, label in picked.items():
        phone.page.select_option(f"#{name}", label=label)


def reopen(phone: Device, path: str) -> None:
    """The browser is closed and opened again: it keeps nothing itself."""
    phone.page.close()
    phone.page = phone.context.new_page()
    phone.go(path)


def chosen(phone: Device, name: str) -> str:
    found: str = phone.page.evaluate(f"document.getElementById('{name}').selectedOptions[0].text.trim()")
    return found


def ticked(phone: Device) -> list[str]:
    found: list[str] = phone.page.evaluate(
        "[].map.call(document.querySelectorAll('form[data-draft] :checked:not(option)'), each => each.value)"
    )
    return found


def test_what_was_chosen_and_ticked_comes_back_with_the_words_and_the_telephone_number_does_not(
    device: Devices,
) -> None:
    phone = device()
    phone.go("/letters/ask")
    choose(phone, village="沙江寺村")
    phone.page.fill("#phone", "13800000001")
    for value in ("help", "all"):
        phone.page.check(f"[value={value}]")
    reopen(phone, "/letters/ask")
    assert (words(phone), chosen(phone, "village"), ticked(phone)) == (TEXT, "沙江寺村", ["help", "all"])
    assert BACK in phone.page.inner_text(".f:has(#village) .told")
    assert phone.page.input_value("#phone") == ""
    assert "13800000001" not in phone.page.evaluate("JSON.stringify(localStorage)")


def test_a_nameless_letter_to_the_county_head_is_still_one_and_shows_it(device: Devices) -> None:
    phone = device()
    phone.go("/letters/ask")
    phone.page.click("summary:has-text('不留名')")
    choose(phone, door="县长信箱")
    phone.page.check("[name=is_anonymous]")
    reopen(phone, "/letters/ask")
    assert phone.page.is_visible("#door"), "what comes back is not folded away"
    assert chosen(phone, "door") == "县长信箱"
    assert phone.page.is_checked("[name=is_anonymous]")
    phone.page.click("button:text-is('交上去')")
    phone.page.wait_for_selector("text=回执")
    assert drafts(phone) == []


def test_an_old_choice_never_lies_over_the_door_that_was_just_chosen(device: Devices) -> None:
    phone = device()
    phone.go("/letters/ask")
    choose(phone)
    phone.page.check("[value=question]")
    reopen(phone, "/letters/ask?door=mailbox&kind=dispute")
    assert (words(phone), chosen(phone, "door"), ticked(phone)) == (TEXT, "县长信箱", ["dispute", "office"])


def test_who_asks_for_help_is_never_let_out_by_an_old_choice(device: Devices) -> None:
    phone = device()
    phone.go("/letters/ask")
    choose(phone)
    for value in ("suggestion", "all"):
        phone.page.check(f"[value={value}]")
    reopen(phone, "/letters/ask?kind=help")
    assert (words(phone), ticked(phone)) == (TEXT, ["help", "office"])


def test_a_phone_that_is_full_does_not_say_that_it_kept_the_words(device: Devices) -> None:
    phone = device()
    phone.go("/letters/ask")
    choose(phone)
    assert KEPT in phone.page.inner_text("form[data-draft]")
    phone.page.evaluate(FILL)
    phone.page.fill("#text", TEXT * 30)
    assert KEPT not in phone.page.inner_text("form[data-draft]")
    assert KEPT not in phone.page.inner_text("#say")
    phone.page.evaluate("localStorage.removeItem('full')")
    phone.page.check("[value=help]")
    reopen(phone, "/letters/ask")
    assert words(phone) == TEXT * 30


def test_a_damaged_draft_is_no_draft_and_keeps_nothing_else_from_working(device: Devices) -> None:
    phone = device()
    phone.go("/letters/ask")
    choose(phone)
    for damaged in ("{", "null", ""):
        phone.page.evaluate("bad => Object.keys(localStorage).forEach(key => localStorage[key] = bad)", damaged)
        phone.page.evaluate("bad => localStorage['d:0/else'] = bad", damaged)
        reopen(phone, "/letters/ask")
        assert (words(phone), drafts(phone)) == ("", [])
        choose(phone)
    reopen(phone, "/letters/ask")
    assert words(phone) == TEXT


def test_a_mistake_that_was_mended_keeps_every_choice_too(device: Devices) -> None:
    phone = device()
    phone.go("/letters/ask")
    choose(phone, village="沙江寺村")
    phone.page.check("[value=help]")
    phone.page.click("button:text-is('交上去')")
    phone.page.wait_for_selector(".err:has-text('请留个电话')")
    phone.page.check("[value=question]")
    reopen(phone, "/letters/ask")
    assert (chosen(phone, "village"), ticked(phone)) == ("沙江寺村", ["question"])


def test_a_choice_made_before_the_script_came_stays(device: Devices) -> None:
    phone = device()
    phone.go("/letters/ask")
    choose(phone)
    phone.page.check("[value=help]")
    tap = "document.querySelector('[value=question]').checked = true"
    phone.context.add_init_script(QUICK_HAND.replace("text.value = '先写的'", tap))
    reopen(phone, "/letters/ask")
    phone.page.wait_for_selector(".told")
    assert (words(phone), ticked(phone)) == (TEXT, ["question"])


def test_a_rating_is_never_given_by_an_old_draft(device: Devices, site: Site) -> None:
    author = site.one("SELECT id FROM people WHERE login = 'sjs'")
    number, _ = receipt_of(site.app, letter_in(site.app, "answered", author_id=author))
    phone = device("sjs")
    phone.go(f"/r/{number}")
    phone.page.check("[name=solved] >> nth=0")
    reopen(phone, f"/r/{number}")
    assert phone.page.locator("[name=solved]:checked").count() == 0
