"""Pages of `report` in a browser: they ask for nothing, complain of nothing, fit, can be read, and say
what the commands say.

Skipped without selenium, a Chromium and its driver; what axe-core finds also without `AXE`, the path of
its axe.min.js.
"""

import json
import os
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from conftest import ROOT, answer, exact_mdp  # noqa: E402

webdriver = pytest.importorskip("selenium.webdriver")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with its driver here")

MODELS = ["frozenlake-4x4", "retry-loop", "taxi", "howard-toymaker", "inventory-finite-horizon", "hostile"]
WIDTHS = [390, 1000, 1600]
THEMES = ["light", "dark"]

HOSTILE = """name: "</title><b>bold"
discount: 1/2
states: ["</script><b>", "a & 'b'", "]]>"]
actions: ["go <i>", stay]
initial: "</script><b>"
terminal: ["]]>"]
transitions:
  "</script><b>": {"go <i>": {"a & 'b'": 1}, stay: {"</script><b>": 1}}
  "a & 'b'": {"go <i>": {"]]>": 1}, stay: {"</script><b>": 1/2, "a & 'b'": 1/2}}
rewards:
  "</script><b>": {"go <i>": 1}
"""

# What every mark says of a number that its command's JSON holds: [how many, which do not].
TITLES = """
const documents = arguments[0];
let count = 0;
const wrong = [];
for (const group of document.querySelectorAll("[data-q]")) {
  const [command, ...path] = group.dataset.q.split("/");
  if (!(command in documents)) continue;
  const numbers = path.reduce((all, key) => all[key], documents[command]).flat(Infinity);
  for (const mark of group.querySelectorAll("[data-s], [data-i]")) {
    const title = mark.querySelector(":scope > title").textContent;
    if (!title.includes(" = ")) { if (!title.includes("terminal")) wrong.push(title); continue; }
    const said = title.slice(title.lastIndexOf(" = ") + 3);
    const number = numbers[mark.dataset.i ?? mark.dataset.s];
    count += 1;
    if (said !== (number === null ? "undefined" : said) || (number !== null && Number(said) !== number))
      wrong.push(title + " is " + number);
  }
}
return [count, wrong];
"""


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in ["headless", "no-sandbox", "disable-gpu", "disable-background-networking", "no-first-run"]:
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a model, and the model's path, each made once."""
    made = {}
    folder = tmp_path_factory.mktemp("pages")

    def make(name):
        if name not in made:
            model = ROOT / "mdps" / f"{name}.yaml"
            if name == "hostile":
                model = folder / "hostile.yaml"
                model.write_text(HOSTILE)
            path = folder / f"{name}.html"
            exact_mdp("report", model, "-o", path)
            made[name] = (path, model)
        return made[name]

    return make


def shown(browser, path, width, theme):
    """Opens a page in a window of this width."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    feature = {"name": "prefers-color-scheme", "value": theme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(path.as_uri())


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", MODELS)
def test_a_page_fits_asks_for_nothing_and_complains_of_nothing(browser, page, name, width, theme):
    shown(browser, page(name)[0], width, theme)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    overflowing = "return [...document.querySelectorAll('figure svg, p, dl')].filter(e => e.closest('.scroll') === null && e.getBoundingClientRect().right > innerWidth + 1).length"
    assert browser.execute_script(overflowing) == 0
    assert browser.get_log("browser") == []
    asked = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
    foreign = [url for url in asked if not url.startswith(("file:", "data:", "chrome"))]
    assert foreign == []
    background = "return getComputedStyle(document.body).backgroundColor"
    dark = browser.execute_script(background) != "rgb(255, 255, 255)"
    assert dark == (theme == "dark")


@pytest.mark.parametrize("name", MODELS)
def test_every_mark_says_the_number_of_its_command(browser, page, name):
    path, model = page(name)
    shown(browser, path, 1000, "light")
    documents = {command: answer(command, model) for command in ["evaluate", "gradient", "solve"]}
    count, wrong = browser.execute_script(TITLES, documents)
    assert wrong == []
    assert count > 3 * len(documents["evaluate"]["states"]) - 12


@pytest.mark.parametrize("name", MODELS)
def test_pointing_at_a_state_marks_it_in_every_picture(browser, page, name):
    shown(browser, page(name)[0], 1000, "light")
    point = """
    const mark = document.querySelector("[data-q='evaluate/v'] [data-s]");
    mark.dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
    const of = [...document.querySelectorAll(`[data-s="${mark.dataset.s}"]`)];
    return [of.length, of.filter((other) => other.classList.contains("on")).length,
            document.getElementById("state").textContent];
    """
    marks, marked, words = browser.execute_script(point)
    assert marks == marked >= 3
    assert "v(s) = " in words or "h(s) = " in words or "v₀(s) = " in words


def test_names_that_look_like_markup_are_text(browser, page):
    shown(browser, page("hostile")[0], 1000, "light")
    assert browser.execute_script("return document.querySelectorAll('b, i').length") == 0
    assert browser.execute_script("return document.querySelector('h1').textContent") == "</title><b>bold"
    titles = "return [...document.querySelectorAll('svg title')].map(t => t.textContent)"
    assert any("</script><b>" in title for title in browser.execute_script(titles))


@pytest.mark.parametrize("name", ["frozenlake-4x4", "howard-toymaker"])
def test_without_script_everything_is_there(browser, page, tmp_path, name):
    path, _ = page(name)
    text = path.read_text()
    mute = tmp_path / "mute.html"
    begin, end = text.rindex("<script>"), text.rindex("</script>")
    mute.write_text(text[:begin] + text[end + len("</script>"):])
    shown(browser, mute, 1000, "light")
    drawn = "return [...document.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().height > 40).length"
    assert browser.execute_script(drawn) >= 8


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", MODELS)
def test_everything_can_be_read(browser, page, name, theme):
    source = os.environ.get("AXE")
    if not source:
        pytest.skip("AXE names no axe.min.js")
    shown(browser, page(name)[0], 1000, theme)
    browser.execute_script(pathlib.Path(source).read_text())
    run = """
    const done = arguments[arguments.length - 1];
    axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa"]}).then(
      (found) => done(found.violations.map((v) => [v.id, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200))])),
      (error) => done([["error", String(error)]]));
    """
    browser.set_script_timeout(120)
    assert browser.execute_async_script(run) == []


def test_texts_on_cells_have_contrast(browser, page):
    """axe-core does not look at texts in SVG: black or white on the color below it."""
    check = """
    const light = (c) => { const x = c / 255; return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; };
    const luminance = (css) => { const [r, g, b] = css.match(/[0-9.]+/g).map(Number).map(light);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const low = [];
    let count = 0;
    for (const cell of document.querySelectorAll("svg .cell")) {
      const text = cell.nextElementSibling?.matches("text") ? cell.nextElementSibling
        : cell.parentElement.querySelector(":scope > text.k, :scope > text.w");
      if (!text || cell.nextElementSibling !== text) continue;
      if (text.classList.contains("halo")) continue;
      const [a, b] = [cell, text].map((e) => luminance(getComputedStyle(e).fill));
      count += 1;
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) low.push([text.textContent, contrast]);
    }
    return [count, low];
    """
    for name in ["frozenlake-4x4", "howard-toymaker", "retry-loop"]:
        for theme in THEMES:
            shown(browser, page(name)[0], 1000, theme)
            count, low = browser.execute_script(check)
            assert count > 0 and low == [], (name, theme)


def test_the_same_page_comes_out_twice(page, tmp_path):
    path, model = page("frozenlake-4x4")
    again = tmp_path / "again.html"
    exact_mdp("report", model, "-o", again)
    assert again.read_bytes() == path.read_bytes()
