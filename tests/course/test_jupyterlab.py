"""A student's hours, end to end: JupyterLab in a real browser runs notebooks from top to bottom.

The server starts with the options of `python course.py lab`, on a copy of the notebook without its outputs. There is no
mouse. Notebook 01 is run each time, without its slow cells, which nbval runs; COURSE_BROWSER=all runs all notebooks,
solutions and releases, whole.
COURSE_SCREENSHOTS names a folder for pictures of their beginning and end.
"""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import nbformat
import psutil
import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

import course

ALL = os.environ.get("COURSE_BROWSER") == "all"
FIRST = Path(course.ROOT, "notebooks", "01_one_by_one_convolution.ipynb")
FOLDERS = ("notebooks", "solutions", "assignments")
EVERY = [path for folder in FOLDERS for path in sorted(Path(course.ROOT, folder).glob("*.ipynb"))]
PAGE = "document.querySelector('.jp-Notebook .jp-WindowedPanel-outer')"
PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
STARTED = f"return {PROMPTS}.some(prompt => /[*0-9]/.test(prompt.textContent))"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
MINUTES = 5  # a cell may take its time while the other tests use the same processor

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="needs a browser: apt-get install chromium chromium-driver (Debian); .ci/run does it",
)


@pytest.fixture(scope="module", params=EVERY if ALL else [FIRST], ids=lambda path: f"{path.parent.name}/{path.stem}")
def visit(request, tmp_path_factory):
    """What there is to see after a visit: the notebook as saved, sliders moved, pop-ups, requests, processes."""
    folder, given = tmp_path_factory.mktemp("visit"), request.param
    notebook = nbformat.read(given, as_version=4)
    if not ALL:
        notebook.cells = [cell for cell in notebook.cells if "slow" not in cell.metadata.get("tags", [])]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    copy = folder / "notebooks" / given.name
    copy.parent.mkdir()
    nbformat.write(notebook, copy)

    with socket.create_server(("127.0.0.1", 0)) as proxy:  # whatever the server or a kernel asks of the net
        server = start_server(folder, proxy.getsockname()[1])
        browser = start_browser(folder)
        try:
            browser.get(f"{server.url}/lab/tree/notebooks/{copy.name}?token={server.token}")
            run_all_cells(browser)
            saved = wait_for_the_end(browser, copy)
            seen = look(browser, folder, f"{given.parent.name}-{copy.stem}")
            moved = move_sliders(browser)
            kernels = [p.cmdline() for p in children(server.process) if "ipykernel_launcher" in p.cmdline()]
        finally:
            browser.quit()
            end(server.process)
        proxy.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            seen.requests.append(proxy.accept()[0].recv(200).decode(errors="replace"))
    return SimpleNamespace(given=given, notebook=saved, moved=moved, kernels=kernels, **vars(seen))


def start_server(folder, proxy_port):
    """JupyterLab as `course.py lab` starts it, but with its own settings, port and token; waits until it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token, url = secrets.token_hex(), f"http://127.0.0.1:{port}"
    settings = folder / "settings"
    settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(course.LAB_SETTINGS))
    env = dict(os.environ, IPYTHONDIR=str(folder / "ipython"))
    env.update({f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")})
    env.update(dict.fromkeys(("http_proxy", "https_proxy"), f"http://127.0.0.1:{proxy_port}"), no_proxy="127.0.0.1")
    options = [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", "--no-browser"]
    options += [f"--ServerApp.root_dir={folder}", f"--LabApp.app_settings_dir={settings}"]
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *course.LAB, *options], cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT
        )
    for _ in range(60):
        assert process.poll() is None, f"JupyterLab stopped: {log.read_text()}"
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}/api", timeout=5)
        except OSError:
            time.sleep(1)
        else:
            return SimpleNamespace(process=process, url=url, token=token)
    end(process)
    pytest.fail(f"JupyterLab did not answer within a minute: {log.read_text()}")


def start_browser(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    for flag in (
        "headless=new no-sandbox disable-gpu disable-dev-shm-usage no-first-run disable-background-networking "
        f"disable-component-update disable-sync window-size=1400,1000 user-data-dir={folder / 'browser'}"
    ).split():
        options.add_argument(f"--{flag}")
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))


def run_all_cells(browser):
    """Run > Run All Cells, with the keyboard alone through the command palette, once the notebook's kernel is ready."""
    idle = ".jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status=idle]"
    WebDriverWait(browser, 120).until(lambda page: page.find_elements(By.CSS_SELECTOR, idle))
    for _ in range(6):  # a page that is still busy with its beginning may miss a key
        browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE, Keys.CONTROL, Keys.SHIFT, "c")
        browser.switch_to.active_element.send_keys("Run All Cells", Keys.ENTER)
        with contextlib.suppress(TimeoutException):
            WebDriverWait(browser, 10).until(lambda page: page.execute_script(STARTED))
            return
    pytest.fail("JupyterLab did not begin to run the cells")


def wait_for_the_end(browser, path):
    """Save until every code cell has run or one has failed; the file tells, for the page holds only what is in view."""
    deadline = time.monotonic() + 60 * MINUTES
    while time.monotonic() < deadline:
        time.sleep(2)
        browser.find_element(By.TAG_NAME, "body").send_keys(Keys.CONTROL, "s")
        time.sleep(1)
        notebook = nbformat.read(path, as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        if all(cell.execution_count for cell in cells) or errors(notebook):
            return notebook
    waiting = next(cell for cell in cells if not cell.execution_count)
    pytest.fail(f"after {MINUTES} minutes this cell has not run: {waiting.id}\n{waiting.source}")


def look(browser, folder, name):
    """Take pictures of the end and the beginning; note pop-ups in view and requests to other machines."""
    pictures = Path(os.environ.get("COURSE_SCREENSHOTS") or folder)
    pictures.mkdir(parents=True, exist_ok=True)
    browser.save_screenshot(str(pictures / f"{name}-end.png"))
    browser.execute_script(f"{PAGE}.scrollTop = 0")
    time.sleep(1)
    browser.save_screenshot(str(pictures / f"{name}-beginning.png"))
    popups = browser.find_elements(By.CSS_SELECTOR, ".jp-Dialog, .Toastify__toast")
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    outside = [url for url in sent if url.startswith("http") and urlsplit(url).hostname != "127.0.0.1"]
    return SimpleNamespace(popups=[popup.text for popup in popups], requests=outside)


def move_sliders(browser):
    """Move each slider by one step, keyboard only; {slider: whether its picture is another one afterwards}."""
    moved = {}
    height = browser.execute_script(f"return {PAGE}.scrollHeight")
    for top in range(0, height, 400):  # the page holds only what is near the view
        browser.execute_script(f"{PAGE}.scrollTop = {top}")
        time.sleep(0.3)
        for slider in browser.find_elements(By.CSS_SELECTOR, ".widget-vbox .widget-slider"):
            label = slider.find_element(By.TAG_NAME, "label").text
            if label in moved or not label:
                continue
            box = slider.find_element(By.XPATH, "./ancestor::*[contains(@class, 'widget-vbox')]")
            before = box.find_element(By.TAG_NAME, "img").get_attribute("src")
            slider.find_element(By.CSS_SELECTOR, ".noUi-handle").send_keys(Keys.ARROW_RIGHT)
            deadline = time.monotonic() + 30
            moved[label] = False
            while not moved[label] and time.monotonic() < deadline:
                time.sleep(0.3)
                moved[label] = box.find_element(By.TAG_NAME, "img").get_attribute("src") != before
    return moved


def errors(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]


def children(process):
    return psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []


def end(process):
    """Ask the server to stop, then end what is left of it and its kernels."""
    family = children(process)
    process.terminate()
    _, left = psutil.wait_procs(family, timeout=10)
    for survivor in [*left, process]:
        survivor.kill()
    process.wait()


def test_every_cell_runs_without_an_error(visit):
    if visit.given.parent.name == "assignments":  # not begun yet: the first test says so, and nothing runs beyond it
        (said,) = errors(visit.notebook)
        assert said.startswith("AssertionError: not yet")
        return
    assert errors(visit.notebook) == []
    cells = [cell for cell in visit.notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_the_first_cell_says_what_runs(visit):
    first = next(cell for cell in visit.notebook.cells if cell.cell_type == "code")
    assert "Keras" in "".join(output.get("text", "") for output in first.outputs)


def test_the_kernel_is_the_environments_own_python(visit):
    assert [command[0] for command in visit.kernels] == [sys.executable]


def test_no_pop_up_disturbs(visit):
    assert visit.popups == []


def test_nothing_leaves_this_machine(visit):
    assert visit.requests == []


def test_every_slider_can_be_moved_and_changes_what_is_shown(visit):
    cells = [
        cell.source for cell in visit.notebook.cells if cell.cell_type == "code" and "figures.play(" in cell.source
    ]
    assert bool(visit.moved) == bool(cells)
    assert all(visit.moved.values()), visit.moved
