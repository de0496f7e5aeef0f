"""Sphinx's settings of the book; `authoring.site.build` makes the pages that this builds."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # Sphinx's own processes find `authoring`

from authoring.releasing import course_settings

REPOSITORY, REF = course_settings()

project = "Modern CNNs, one block at a time"
author = "The contributors to the course"
html_title = project
language = "en"
extensions = ["myst_nb", "sphinx_copybutton", "authoring.site.extension"]
exclude_patterns = ["extra"]
suppress_warnings = ["misc.highlighting_failure"]  # %pip in the setup cell is no Python

nb_execution_mode = "off"
nb_ipywidgets_js = {}  # would come from another machine
nb_merge_streams = True
nb_code_prompt_show = "Show the set-up cell"
nb_code_prompt_hide = "Hide the set-up cell"
myst_enable_extensions = ["attrs_inline", "attrs_block", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
numfig = True
html_math_renderer = "mathml"

html_theme = "sphinx_book_theme"
html_theme_options = {
    "repository_url": f"https://github.com/{REPOSITORY}",
    "repository_branch": REF,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "article_header_end": ["languages.html", "article-header-buttons.html"],
    "navbar_start": [],
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
    "show_navbar_depth": 1,
    "show_toc_level": 1,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "extra_footer": "Code: MIT licence. Prose and figures: CC BY 4.0.",
}
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
copybutton_selector = "div.cell_input div.highlight pre, div.highlight-python pre, div.highlight-bash pre"
