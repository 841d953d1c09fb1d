"""JupyterLab for a test: started in a folder, stopped at the end, driven by Chromium."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@contextlib.contextmanager
def serving(folder: Path, **environment: str) -> Iterator[str]:
    """Serve a folder with JupyterLab on a free port; gives its address."""
    places = {f"JUPYTER_{name}_DIR": str(folder / f".{name}") for name in ("CONFIG", "DATA")}
    places["JUPYTER_RUNTIME_DIR"] = str(folder / ".RUNTIME")
    tracker = folder / ".CONFIG/lab/user-settings/@jupyterlab/notebook-extension"
    tracker.mkdir(parents=True)
    # every cell is in the page, also those far below
    whole = json.dumps({"windowingMode": "none"})
    (tracker / "tracker.jupyterlab-settings").write_text(whole, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root",
            f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
            "--LabApp.news_url=", "--LabApp.expose_app_in_browser=True",
            f"--ServerApp.root_dir={folder}",
        ],
        env={**os.environ, **places, "HOME": str(folder), **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/api", timeout=2).close()
                break
            time.sleep(0.5)
        else:
            raise TimeoutError("JupyterLab did not start within a minute.")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:  # a busy machine; its kernels are of its group
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@contextlib.contextmanager
def showing(folder: Path, sources: dict[str, str], height: int = 1400) -> Iterator[Notebook]:
    """A notebook of code cells, source by id, open in a JupyterLab of its own."""
    from playwright.sync_api import sync_playwright

    cells = [v4.new_code_cell(source, id=name) for name, source in sources.items()]
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(v4.new_notebook(cells=cells, metadata=python), folder / "shown.ipynb")
    with serving(folder) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": height})
        yield Notebook(page, address, "shown.ipynb")
        browser.close()


class Notebook:
    """A notebook open in JupyterLab. Cells are found by their id."""

    def __init__(self, page: Any, address: str, name: str) -> None:
        self.page = page
        page.goto(f"{address}/lab/tree/{name}?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
            "?.status === 'idle'",
            timeout=90_000,
        )
        page.evaluate(
            "() => { const notebook = jupyterapp.shell.currentWidget.content;"
            " for (const cell of notebook.widgets)"
            "   cell.node.setAttribute('data-test-cell', cell.model.id); }"
        )

    def run_all(self) -> None:
        """Menu Run, Run All Cells; returns when every cell has its number."""
        self.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
        self.page.wait_for_function(
            "() => Array.from(document.querySelectorAll('.jp-CodeCell .jp-InputPrompt'))"
            ".every(prompt => /\\[\\d+\\]/.test(prompt.textContent))",
            timeout=90_000,
        )

    def cell(self, name: str) -> Any:
        """The cell with this id."""
        return self.page.locator(f"[data-test-cell='{name}']")

    def output(self, name: str) -> str:
        """What stands under a cell."""
        return self.cell(name).locator(".jp-OutputArea").inner_text().strip()

    def write(self, name: str, source: str) -> None:
        """Replace what stands in a cell, as a person does, and run it."""
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        self._press_run(name)

    def run(self, name: str) -> None:
        """Click into a cell and press Shift and Enter."""
        self.cell(name).locator(".cm-content").click()
        self._press_run(name)

    def _press_run(self, name: str) -> None:
        number = self.cell(name).locator(".jp-InputPrompt").inner_text()
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_function(
            "([name, number]) => { const prompt = document.querySelector("
            "`[data-test-cell='${name}'] .jp-InputPrompt`).textContent;"
            " return prompt !== number && /\\[\\d+\\]/.test(prompt); }",
            arg=[name, number],
            timeout=60_000,
        )
