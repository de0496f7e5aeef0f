"""The book, built once and walked through in a browser without a network: what it shows, answers and keeps to itself.

COURSE_SCREENSHOTS names a folder for pictures of what the browser saw, COURSE_AXE an axe.min.js newer than the
environment's.
"""

import base64
import functools
import html
import http.server
import importlib.resources
import json
import os
import re
import shutil
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from authoring import publishing, site
from authoring.notebooks import NotebookError, read
from authoring.site import printing, staging

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
LESSONS = [*NOTEBOOKS, *sorted(ROOT.glob("assignments/*.ipynb"))]
PLAYED = ("03_inception", "detour-figure")  # gets a slider here, whichever cells have one in the course
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="needs a browser: apt-get install chromium chromium-driver (Debian); .ci/run does it",
)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The folder of the built site, with three pictures for a slider."""
    place = tmp_path_factory.mktemp("book")
    (place / "frames").mkdir()
    pictures = [picture for path in NOTEBOOKS[:3] for picture in _pictures(path)][:3]
    control = {"label": "width r", "values": ["4", "16", "64"], "at": 1, "frames": pictures}
    (place / "frames" / f"{PLAYED[0]}.json").write_text(json.dumps({PLAYED[1]: control}), encoding="utf-8")
    site.build(place / "course", frames=place / "frames")
    return place / "course"


def _pictures(path):
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    outputs = [output.get("data", {}) for cell in cells for output in cell.outputs]
    return [data["image/png"] for data in outputs if "image/png" in data]


@pytest.fixture(scope="module")
def pages(book):
    files = [path for path in sorted(book.rglob("*.html")) if "_static" not in path.parts]
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in files}


def of(pages, path):
    """The notebook's page in the English book; those of the other languages lie a folder deeper."""
    return pages[min((file for file in pages if file.stem == path.stem), key=lambda file: len(file.parts))]


# What is built ----------------------------------------------------------------------------------------------------


def test_every_notebook_and_assignment_has_its_page_in_order(pages, book):
    links = [link["href"] for link in pages[book / "index.html"].select("nav.bd-links a.reference.internal")]
    wanted = [f"{path.parent.name}/{path.stem}.html" for path in LESSONS]
    assert links == [*wanted, "notebooks/glossary.html", "notebooks/bibliography.html", "teaching.html"]


def test_the_front_page_says_how_long_each_takes(pages, book):
    chart = pages[book / "index.html"].select_one("ol.map")
    minutes = [re.search(r"about (\d+) minutes", read(path).cells[0].source).group(1) for path in LESSONS]
    assert sorted(re.findall(r"(\d+) minutes", chart.get_text(" "))) == sorted(minutes)


def test_every_link_leads_somewhere(pages, book):
    ids = {path: {tag["id"] for tag in page.select("[id]")} for path, page in pages.items()}
    lost = []
    for path, page in pages.items():
        for tag in page.select("a[href], img[src], script[src], link[href]"):
            url = urlsplit(tag.get("href") or tag["src"])
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if url.scheme in ("https", "http", "mailto"):
                good = tag.name == "a" and (url.netloc or url.path)
            else:
                good = target.is_file() and (not url.fragment or url.fragment in ids.get(target, {url.fragment}))
            lost += [] if good else [f"{path.relative_to(book)}: {tag.get('href') or tag['src']}"]
    assert not lost


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_page_opens_itself_in_colab(pages, path):
    (link,) = of(pages, path).select("a.colab")
    assert link["href"].endswith(f"/{path.parent.name}/{path.name}")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_page_shows_the_notebook_as_it_is_stored(pages, path):
    page = of(pages, path).select_one("article.bd-article")
    shown = "".join(page.get_text().split())
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    printed = [output.text for cell in cells for output in cell.outputs if output.output_type == "stream"]
    for text in [*(cell.source for cell in cells), *printed]:
        assert "".join(text.split()) in shown
    assert len(page.select(".cell_output img")) == len(_pictures(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_figures_have_description_caption_size_and_wait(pages, path):
    images = of(pages, path).select(".cell_output img")
    assert images
    for image in images:
        caption = (
            (image.find_parent("figure") or image.find_next("figure")).select_one("figcaption .caption-text").get_text()
        )
        assert len(image["alt"]) > 10 and image["alt"][:15] in " ".join(caption.split())
        assert int(image["width"]) and int(image["height"]) and image["loading"] == "lazy"
    assert "Figure:" not in of(pages, path).select_one("article").get_text()


def test_a_page_with_all_it_needs_is_light(pages):
    weights = {}
    for path, page in pages.items():
        names = {tag.get("src") or tag["href"] for tag in page.select("img[src], script[src], link[rel=stylesheet]")}
        files = [path.parent / urlsplit(name).path for name in names]
        weights[path.stem] = sum(file.stat().st_size for file in [path, *files])
    assert {name: weight for name, weight in weights.items() if weight > 1.5e6} == {}


def test_mathematics_is_drawn_without_a_script(pages):
    assert len(of(pages, NOTEBOOKS[0]).select("math")) >= 4
    assert not [path.name for path, page in pages.items() if "$$" in page.select_one("main").get_text()]


def test_displayed_equations_are_numbered(pages):
    for path in LESSONS:
        count = len(of(pages, path).select(".equation math"))
        numbers = [tag.get_text() for tag in of(pages, path).select(".equation .eqno")]
        assert len(numbers) == len(set(numbers)) == count
    assert of(pages, NOTEBOOKS[0]).select(".equation[id]")


def test_words_are_explained_from_the_notebook_on_that_explains_them(pages):
    early, late = ({link["href"].split("#")[1] for link in of(pages, NOTEBOOKS[n]).select("a.term")} for n in (0, 7))
    assert "term-MACs" in early and "term-projection" in late
    assert "term-projection" not in early


# What stops it ----------------------------------------------------------------------------------------------------


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path):
    (tmp_path / "pages" / "extra").mkdir(parents=True)
    (tmp_path / "pages" / "index.md").write_text("# Title\n\n[lost](notebooks/99.ipynb)\n", encoding="utf-8")
    with pytest.raises(site.SiteError, match="99"):
        site._run_sphinx(tmp_path / "pages", tmp_path / "site", tmp_path / "doctrees")


def test_what_is_private_stops_the_build(tmp_path):
    passage, (where, only) = next(iter(publishing.secrets(ROOT).items()))
    page = tmp_path / "site" / only / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text("".join(f"<b>{html.escape(letter)}</b>" for letter in passage), encoding="utf-8")
    with pytest.raises(site.SiteError, match=re.escape(where)):
        site._keep_private(tmp_path / "site", ROOT, tmp_path / "text")


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(site.SiteError, match="name a new folder"):
        site.build(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_pictures_of_a_slider_that_are_too_heavy_stop_the_build(tmp_path, monkeypatch):
    picture = _pictures(NOTEBOOKS[0])[0]
    control = {"label": "r", "values": ["1", "2"], "at": 0, "frames": [picture, picture]}
    staging._control("light", control, tmp_path)
    monkeypatch.setattr(staging, "MOST_BYTES", 1000)
    with pytest.raises(NotebookError, match=r"heavy.*1,000"):
        staging._control("heavy", control, tmp_path)


def test_a_question_has_one_right_answer():
    option = "<details><summary>{}</summary>\n\n{}\n\n</details>\n"
    text = "**1. Which?**\n\n" + option.format("This.", "Yes, this.") + option.format("That.", "No.")
    marked = staging.QUESTION.sub(staging._question, text)
    assert marked.count("option right") == marked.count("option wrong") == 1
    with pytest.raises(NotebookError, match="2 answers"):
        staging.QUESTION.sub(staging._question, text.replace("No.", "Yes."))


# The PDF ----------------------------------------------------------------------------------------------------------


def test_the_long_page_holds_every_chapter_and_links_within_itself(book):
    chapters = printing._chapters(book)
    page = BeautifulSoup(printing._assembled(book, chapters, dict.fromkeys(dict(chapters), 7)), "html.parser")
    assert len(page.select(".chapter")) == len(chapters) + 1 == len(LESSONS) + 4
    ids = [tag["id"] for tag in page.select("main [id]")]
    lost = {link["href"] for link in page.select("a[href^='#']")} - {f"#{name}" for name in ids}
    assert not lost and len(ids) == len(set(ids))
    assert [row.get_text() for row in page.select(".contents li span")] == ["7"] * len(chapters)
    assert all((book / image["src"]).is_file() for image in page.select("img"))


@needs_browser
def test_the_contents_name_the_pages_on_which_chapters_begin(tmp_path):
    links = "".join(f'<a class="reference internal" href="{n}.html">Chapter {n}</a>' for n in "abc")
    for name, lines in {"index": 1, "a": 1, "b": 150, "c": 1}.items():
        text = f"<p>chapter {name}</p>" * lines
        page = f'<title>Book</title><nav class="bd-links">{links}</nav><article class="bd-article">{text}</article>'
        style = "<style>.chapter, .contents { break-before: page } .chapter:first-child { break-before: auto }</style>"
        (tmp_path / f"{name}.html").write_text(f"<html><head>{style}</head><body>{page}</body></html>", "utf-8")
    path, count = printing.print_book(tmp_path)
    texts = [page.extract_text() for page in PdfReader(path).pages]
    numbers = [int(number) for number in re.findall(r"Chapter [abc]\s*(\d+)", texts[1])]
    assert len(texts) == count and numbers == [3, 4, count]
    assert all(f"chapter {name}" in texts[number - 1] for name, number in zip("abc", numbers, strict=True))


# In a browser -----------------------------------------------------------------------------------------------------


class Reader:
    """A browser on the book, from its folder."""

    def __init__(self, driver, book):
        self.driver, self.book = driver, book

    def open(self, name, theme="light", width=1300):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        url = name if name.startswith("http") else (self.book / name).as_uri()
        for _ in range(2):  # a page must be open before anything can be stored for it
            self.driver.get(url)
            self.run(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def wait(self, condition):
        return WebDriverWait(self.driver, 60).until(lambda _: condition())

    def picture(self, name):
        if folder := os.environ.get("COURSE_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(Path(folder, f"site-{name}.png")))

    def asked(self):
        """What was asked of other machines so far."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        assert sent, "the browser logs no requests"
        return [
            url for url in sent if urlsplit(url).scheme in ("http", "https", "ws", "wss") and "//127.0.0.1" not in url
        ]


@pytest.fixture(scope="module")
def reader(book, tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    flags = "headless=new no-sandbox disable-gpu disable-dev-shm-usage no-first-run disable-background-networking"
    for flag in [*flags.split(), f"user-data-dir={tmp_path_factory.mktemp('browser')}"]:
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield Reader(driver, book)
    driver.quit()


@needs_browser
def test_a_quiz_answers_by_keyboard(reader):
    reader.open("notebooks/03_inception.html")
    first = reader.find(".quiz input")
    reader.run("arguments[0].scrollIntoView({block: 'center'}); arguments[0].focus()", first)
    first.send_keys(Keys.SPACE)
    status = reader.find(".quiz [role=status]")
    assert status.text.startswith("✗ Not this one") and "pooling" in status.text
    first.send_keys(Keys.ARROW_DOWN)
    assert status.text.startswith("✓ Right") and "448" not in status.text
    group = reader.find(".quiz fieldset")
    assert group.aria_role == "group" and group.accessible_name.startswith("1. A naive module")
    assert (first.aria_role, first.accessible_name) == ("radio", "192.")
    reader.picture("quiz")


@needs_browser
def test_hints_fold_by_keyboard(reader):
    reader.open("notebooks/03_inception.html")
    fold = reader.find("details.hint")
    assert not fold.get_attribute("open")
    fold.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    assert fold.get_attribute("open")


@needs_browser
def test_a_slider_moves_its_figure(reader):
    reader.open("notebooks/03_inception.html")
    slider, image = reader.find(".play input"), reader.find(f"#figure-03-{PLAYED[1]} img")
    assert slider.accessible_name == "width r" and reader.find(".play output").text == "16"
    slider.send_keys(Keys.ARROW_RIGHT)
    assert reader.find(".play output").text == slider.get_attribute("aria-valuetext") == "64"
    assert image.get_attribute("src").endswith("/2.webp")
    reader.wait(lambda: reader.run("return arguments[0].complete && arguments[0].naturalWidth > 0", image))
    reader.run("arguments[0].scrollIntoView({block: 'center'})", image)
    reader.picture("slider")


@needs_browser
def test_a_word_is_explained_on_focus_and_lets_go_on_escape(reader):
    reader.open("notebooks/03_inception.html")
    word = reader.find("a.term")
    reader.run("arguments[0].focus()", word)
    tip = reader.find("[role=tooltip]")
    assert tip.is_displayed() and tip.text == word.get_attribute("data-meaning")
    assert word.get_attribute("aria-describedby") == tip.get_attribute("id")
    reader.picture("word")
    word.send_keys(Keys.ESCAPE)
    assert not tip.is_displayed()


@needs_browser
def test_what_follows_a_prediction_can_wait(reader):
    reader.open("notebooks/03_inception.html")
    hidden = "return document.querySelectorAll('.waits').length"
    assert reader.run(hidden) == 0
    reader.find("#hide-answers").send_keys(Keys.SPACE)
    before = reader.run(hidden)
    assert before > 0
    reader.find("button.reveal").send_keys(Keys.ENTER)
    assert 0 <= reader.run(hidden) < before
    reader.picture("prediction")
    reader.find("#hide-answers").send_keys(Keys.SPACE)
    assert reader.run(hidden) == 0


@needs_browser
def test_the_search_finds_receptive_field(reader):
    reader.driver.get((reader.book / "search.html").as_uri() + "?q=receptive+field")
    results = "return [...document.querySelectorAll('#search-results li a')].map(link => link.href)"
    found = reader.wait(lambda: reader.run(results))
    reader.wait(lambda: any("05_vgg" in link for link in reader.run(results)))
    assert all(link.startswith("file:") for link in found)
    reader.picture("search")


@needs_browser
@pytest.mark.parametrize("name", ["index", "notebooks/03_inception", "notebooks/glossary", "teaching"])
def test_a_phone_shows_the_whole_width(reader, name):
    reader.open(f"{name}.html", width=360)
    assert reader.run("return document.documentElement.scrollWidth") <= 360
    reader.picture(f"phone-{Path(name).name}")


@needs_browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "notebooks/03_inception", "notebooks/glossary"])
def test_no_serious_barrier(reader, name, theme):
    reader.open(f"{name}.html", theme)
    assert reader.run("return document.documentElement.dataset.theme") == theme
    bundled = importlib.resources.files("axe_core_python") / "axe.min.js"
    reader.run(Path(os.environ.get("COURSE_AXE") or bundled).read_text(encoding="utf-8"))
    reader.driver.set_script_timeout(120)
    found = reader.driver.execute_async_script("axe.run().then(arguments[0])")["violations"]
    serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in serious] == []
    reader.picture(f"{theme}-{Path(name).name}")


@needs_browser
def test_paper_shows_the_text_alone(reader):
    reader.open("notebooks/03_inception.html")
    pdf = base64.b64decode(reader.driver.execute_cdp_cmd("Page.printToPDF", {})["data"])
    reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = [
            reader.find(part).is_displayed() for part in (".bd-sidebar-primary", "a.colab", "#jb-print-docs-body h1")
        ]
        reader.picture("print")
    finally:
        reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert shown == [False, False, True]
    assert pdf.startswith(b"%PDF") and len(pdf) > 100_000


@needs_browser
def test_it_works_below_a_path_of_a_server(reader):
    handler = functools.partial(_Quiet, directory=str(reader.book.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reader.open(f"http://127.0.0.1:{server.server_port}/course/index.html")
        reader.find("a.button").click()
        assert urlsplit(reader.driver.current_url).path == f"/course/notebooks/{NOTEBOOKS[0].stem}.html"
        assert reader.run("return getComputedStyle(document.querySelector('a.colab')).display") == "inline-block"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@needs_browser
def test_nothing_is_asked_of_another_machine(reader, pages):
    for path in pages:  # and what the tests above have opened
        reader.driver.get(path.as_uri())
    assert reader.asked() == []
