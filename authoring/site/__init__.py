"""The book: the course as web pages that ask no other machine, `python course.py site [FOLDER] [--frames] [--pdf]`.

`staging` makes Sphinx's source pages from notebooks and documents, `conf.py` and `extension` build them, `printing`
makes the PDF. Nothing is executed; what notebooks print and draw is what they hold.
"""

import contextlib
import functools
import html
import io
import os
import re
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .. import translating
from ..publishing import leaks, secrets
from ..releasing import ROOT
from .staging import stage

HERE = Path(__file__).resolve().parent
ICON = re.compile(r'"?([a-z0-9-]+)"?:\[\d+,\d+,(\[[^\]]*\]),"[0-9a-f]+",(?:"[^"]*"|\[[^\]]*\])\],?')
# Labels of the theme and of myst-nb that hide from screen readers and voice control what a button says.
MISNAMED = re.compile(r'(<button class="btn search-button-field[^>]*?|<summary) aria-label="[^"]*"')
TAG = re.compile(r"<[^>]+>")
# What a language.toml may say in its own words of conf.py's.
SETTINGS = ("project", "html_title", "html_theme_options.extra_footer", "nb_code_prompt_show", "nb_code_prompt_hide")
FRAMES = ROOT / "build" / "frames"


class SiteError(Exception):
    """No site was written; the text says why and what to do."""


def build(folder, root=ROOT, frames=FRAMES):
    """Build the site of the course at `root` into `folder`, in place of what stands there; the pages' paths.

    frames: the folder that `python -m authoring.frames` filled. A control without its pictures is shown as a still.

    Raises SiteError, and leaves `folder` as it was, on a warning of Sphinx (a link that leads nowhere, …), where a
    page would show a solution or a hidden check, and where `folder` holds something else than a site.
    """
    folder = Path(folder).resolve()
    if folder.exists() and any(folder.iterdir()) and not (folder / "searchindex.js").is_file():
        raise SiteError(f"{folder} holds something else than a site: name a new folder")
    with tempfile.TemporaryDirectory() as place:
        pages, site = Path(place, "pages"), Path(place, "site")
        stage(pages, Path(root), Path(frames))
        _run_sphinx(pages, site, Path(place, "doctrees"))
        for lang in books(Path(root)):  # each a book of its own, in a folder of the first
            pages = Path(place, lang.code)
            stage(pages, Path(root), Path(frames), lang)
            _run_sphinx(pages, Path(place, "books", lang.code), Path(place, "doctrees", lang.code), lang)
            shutil.move(Path(place, "books", lang.code), site / lang.code)
        _keep_private(site, Path(root), Path(place, "text"))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(site, folder)
    return sorted(path for path in folder.rglob("*.html") if "_static" not in path.parts)


def books(root=ROOT):
    """The languages that have a book of their own: those with a front page."""
    known = [translating.language(code, root) for code in translating.languages(root)]
    return [lang for lang in known if (Path(root) / "translations" / lang.code / "front.jinja").is_file()]


def _run_sphinx(pages, site, doctrees, lang=None):
    from sphinx.cmd.build import main

    options = ["-q", "-W", "--keep-going", "-j", str(min(os.cpu_count() or 1, 4)), "-c", str(HERE), "-d", str(doctrees)]
    options += ["-D", f"html_extra_path={pages / 'extra'}"]
    if lang:
        settings = {"language": lang.code, **{name: lang.words[name] for name in SETTINGS if name in lang.words}}
        options += [part for name, value in settings.items() for part in ("-D", f"{name}={value}")]
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        failed = main([*options, "-b", "html", str(pages), str(site)])
    if failed:
        raise SiteError(f"Sphinx complains of:\n{said.getvalue().strip()}")
    for name in (".buildinfo", "objects.inv", "_sources"):  # for later builds and for other sites
        shutil.rmtree(site / name) if (site / name).is_dir() else (site / name).unlink(missing_ok=True)
    for path in site.rglob("*.map"):  # for those who debug the theme
        path.unlink()
    _thin_icons(site)
    _light_images(site)
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(MISNAMED.sub(r"\1", text), encoding="utf-8", newline="\n")


def _light_images(site):
    """Pictures as WebP."""
    paths = sorted((site / "_images").glob("*.png"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, picture in zip(paths, pool.map(_webp, [path.read_bytes() for path in paths]), strict=True):
            path.with_suffix(".webp").write_bytes(picture)
            path.unlink()
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r"(_images/[\w-]+)\.png", r"\1.webp", text), encoding="utf-8", newline="\n")


@functools.lru_cache(maxsize=1000)  # the books of all languages show the same pictures
def _webp(png):
    """A picture without loss; a large one, which holds photographs, with a loss that nobody sees."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        image.save(light := io.BytesIO(), "webp", lossless=True, method=4)
        if light.tell() > 60_000:
            image.convert("RGB").save(light := io.BytesIO(), "webp", quality=88, method=4)
    return light.getvalue()


def _thin_icons(site):
    """Keep of the theme's 1.5 MB of icons those that a page or the theme's own script names."""
    icons = site / "_static" / "scripts" / "fontawesome.js"
    users = [*site.rglob("*.html"), site / "_static" / "scripts" / "pydata-sphinx-theme.js"]
    used = {name for path in users for name in re.findall(r"\bfa-([a-z-]+)", path.read_text(encoding="utf-8"))}

    def kept(found):
        return found.group() if used & {found.group(1), *re.findall(r'"([a-z-]+)"', found.group(2))} else ""

    icons.write_text(ICON.sub(kept, icons.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def _keep_private(site, root, text):
    """SiteError where the words of a page hold what `authoring.publishing` keeps from students."""
    if not (passages := secrets(root)):
        return
    for page in site.rglob("*"):
        if page.suffix in (".html", ".js", ".txt", ".ipynb") and "_static" not in page.parts:
            copy = text / page.relative_to(site)
            copy.parent.mkdir(parents=True, exist_ok=True)
            words = page.read_text(encoding="utf-8")
            copy.write_text(html.unescape(TAG.sub("", words)), encoding="utf-8")
    if found := leaks(text, passages):
        raise SiteError("these pages would show what is private:\n" + "\n".join(found))


def run(folder, frames=False, pdf=False):
    """Build the site into `folder` and say what there is; `frames` makes the controls' pictures first, `pdf` a PDF."""
    if frames:
        from ..frames import main as make_frames

        make_frames([str(FRAMES)])
    began = time.monotonic()
    pages = build(folder)
    size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    print(f"{len(pages)} pages, {size / 1e6:.1f} MB, {time.monotonic() - began:.0f} s")
    print(f"Open {Path(folder, 'index.html').resolve()} in a browser.")
    if pdf:
        from .printing import print_book

        path, count = print_book(Path(folder).resolve())
        print(f"{path}: {count} pages, {path.stat().st_size / 1e6:.1f} MB")
