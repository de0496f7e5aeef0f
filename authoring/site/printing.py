"""The whole book as one PDF, by the browser's own printing: with contents and page numbers."""

import base64
import html
import io
import re
import shutil
import tempfile
from pathlib import Path

PAPER = {"paperWidth": 8.27, "paperHeight": 11.69, "marginTop": 0.7, "marginBottom": 0.8, "scale": 0.8}  # inches; A4
FOOT = '<div style="font-size:8px;width:100%;text-align:center"><span class="pageNumber"></span></div>'


class PrintError(Exception):
    """There is no browser to print with."""


def print_book(site):
    """Print the site in the folder `site` into its book.pdf; (path, number of pages).

    Printed twice: where the chapters begin is read from the first PDF and stands in the contents of the second.

    Raises PrintError where there is no Chromium, or none that can be driven.
    """
    from pypdf import PdfReader

    book = site / "book.html"
    chapters = _chapters(site)
    try:
        book.write_text(_assembled(site, chapters, {}), encoding="utf-8")
        with Browser() as browser:
            pages = _starts(PdfReader(io.BytesIO(browser(book))), chapters)
            book.write_text(_assembled(site, chapters, pages), encoding="utf-8")
            pdf = browser(book)
    finally:
        book.unlink(missing_ok=True)
    path = site / "book.pdf"
    path.write_bytes(pdf)
    return path, len(PdfReader(path).pages)


def _chapters(site):
    """The pages in the order of the contents: [(name, title)]."""
    from bs4 import BeautifulSoup

    front = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    links = front.select("nav.bd-links a.reference.internal")
    return [(link["href"], link.get_text(strip=True)) for link in links]


def _anchor(name, fragment=""):
    """The id in the one long page of what was `fragment` on the page `name`."""
    page = re.sub(r"\W+", "-", name)
    return f"{page}--{fragment}" if fragment else page


def _assembled(site, chapters, pages):
    """One long page: title, contents with page numbers, and what stands in the middle of each page."""
    from bs4 import BeautifulSoup

    names = [name for name, _ in chapters]
    bodies = []
    for name, _ in [("index.html", ""), *chapters]:
        page = BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser")
        if name == "index.html":
            head, title = page.head, page.title.get_text()
        article = page.select_one("article.bd-article")
        for part in article.select("script, a.headerlink, .toctree-wrapper, .colab, .play, details.hide"):
            part.decompose()
        for fold in article.select("details"):
            fold["open"] = ""
        for element in article.select("[id]"):
            element["id"] = _anchor(name, element["id"])
        folder = Path(name).parent
        for image in article.select("img"):
            image["src"] = (folder / image["src"]).as_posix()
            del image["loading"]
        for link in article.select("a[href]"):
            link["href"] = _inside(link["href"], name, names)
        bodies.append(f'<div class="chapter" id="{_anchor(name)}">{article.decode_contents()}</div>')
    for script in head.select("script"):
        script.decompose()
    rows = [
        f'<li><a href="#{_anchor(name)}">{html.escape(title)}</a><span>{pages.get(name, "0")}</span></li>'
        for name, title in chapters
    ]
    contents = f'<nav class="contents"><h2>Contents</h2><ol>{"".join(rows)}</ol></nav>'
    return (
        f'<!doctype html><html lang="en" data-theme="light" data-mode="light"><head>{head.decode_contents()}</head>'
        f'<body class="book" title="{html.escape(title)}"><main class="bd-article">'
        f"{bodies[0]}{contents}{''.join(bodies[1:])}</main></body></html>"
    )


def _inside(link, name, names):
    """`link` of the page `name` as one within the book, or as it is where it leads elsewhere."""
    if re.match(r"[a-z]+:", link):
        return link
    target, _, fragment = link.partition("#")
    place = (Path("/", name).parent / target).resolve().relative_to("/").as_posix() if target else name
    return f"#{_anchor(place, fragment)}" if place in names or place == "index.html" else link


def _starts(pdf, chapters):
    """{name of a chapter: the page on which it begins}, from the links of the contents."""
    numbers = {}
    places = pdf.named_destinations
    for name, _ in chapters:
        place = places.get(_anchor(name)) or places.get(f"/{_anchor(name)}")
        if place is not None:
            numbers[name] = pdf.get_destination_page_number(place) + 1
    return numbers


class Browser:
    """Chromium without a window: called with a file, it returns its PDF."""

    def __enter__(self):
        from selenium import webdriver

        names = ("chromium", "chromium-browser", "google-chrome")
        chromium, driver = next(filter(None, map(shutil.which, names)), None), shutil.which("chromedriver")
        if not (chromium and driver):
            raise PrintError("printing needs a browser: apt-get install chromium chromium-driver (Debian)")
        self.folder = tempfile.TemporaryDirectory()
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        flags = "headless=new no-sandbox disable-gpu disable-dev-shm-usage disable-background-networking"
        for flag in [*flags.split(), f"user-data-dir={self.folder.name}"]:
            options.add_argument(f"--{flag}")
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        self.driver.command_executor.client_config.timeout = 600
        return self

    def __call__(self, path):
        self.driver.get(path.as_uri())
        options = {"displayHeaderFooter": True, "headerTemplate": "<span></span>", "footerTemplate": FOOT, **PAPER}
        more = {"printBackground": False, "generateTaggedPDF": True, "generateDocumentOutline": True}
        return base64.b64decode(self.driver.execute_cdp_cmd("Page.printToPDF", options | more)["data"])

    def __exit__(self, *_):
        self.driver.quit()
        self.folder.cleanup()
