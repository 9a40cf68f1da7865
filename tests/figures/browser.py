"""A page in headless Chromium: what went wrong while it loaded, and what hovering shows."""

import json
import re
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

OFFLINE = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
           "--host-resolver-rules=MAP * ~NOTFOUND")  # fmt: skip

BEFORE = """<script>
window.problems = [];
window.addEventListener("error", e => problems.push(e.message || String(e.target.src)), true);
for (const kind of ["error", "warn"]) {
  const said = console[kind];
  console[kind] = (...a) => { problems.push(kind + ": " + a.join(" ")); said(...a); };
}
</script>"""

AFTER = """<script>
const pause = ms => new Promise(done => setTimeout(done, ms));
const mouse = (kind, x, y) => document.elementFromPoint(x, y).dispatchEvent(
  new MouseEvent(kind, {bubbles: true, cancelable: true, clientX: x, clientY: y}));
async function hover(id, x, y) {
  const plot = document.getElementById(id), {xaxis, yaxis} = plot._fullLayout;
  plot.scrollIntoView({block: "center"});
  await pause(50);
  const box = plot.getBoundingClientRect();
  const left = box.left + xaxis._offset + xaxis.d2p(x);
  const top = box.top + yaxis._offset + yaxis.d2p(y);
  let said = "";
  for (let k = 0; k < 20 && !said; k++) {  // a busy machine may miss the first
    for (const shift of [3, 0]) { mouse("mousemove", left + shift, top); await pause(150); }
    const texts = [...plot.querySelectorAll(".hoverlayer text")];
    said = texts.map(t => t.textContent).join(" ");
  }
  mouse("mouseout", left, top);
  await pause(50);
  return said;
}
window.addEventListener("load", async () => {
  const said = [];
  try {
    for (const [id, x, y] of POINTS) said.push(await hover(id, x, y));
  } catch (error) { problems.push("driver: " + error); }
  const loaded = performance.getEntriesByType("resource").map(r => r.name);
  const outcome = document.createElement("pre");
  outcome.id = "outcome";
  outcome.textContent = JSON.stringify({said, problems, loaded});
  document.body.append(outcome);
});
</script>"""


def browser() -> str | None:
    """Path of an installed Chromium or Chrome."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def console(program: str, page: Path, folder: Path) -> tuple[list[str], str]:
    """What a page as it stands says to the console, and its text once it has loaded, offline."""
    done = subprocess.run(
        [program, *OFFLINE, f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr",
         "--v=0", "--virtual-time-budget=20000", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=180, check=True,
    )  # fmt: skip
    return re.findall(r"CONSOLE[^\]]*\] (.*)", done.stderr), done.stdout


def visit(program: str, page: Path, folder: Path, points) -> dict:
    """Load a page without network and hover at points.

    Args:
        points: id of a plot, and x and y in its data.

    Returns:
        ``said``: the text under the pointer at every point; ``problems``: errors, and warnings of
        the console; ``loaded``: what the page asked for.
    """
    text = page.read_text(encoding="utf-8").replace("<head>", "<head>" + BEFORE, 1)
    driver = AFTER.replace("POINTS", json.dumps([list(point) for point in points]))
    driven = folder / "driven.html"
    driven.write_text(text.replace("</body>", driver + "</body>"), encoding="utf-8")
    done = subprocess.run(
        [program, *OFFLINE, f"--user-data-dir={folder / 'profile'}",
         "--window-size=1100,900", "--virtual-time-budget=60000", "--dump-dom", driven.as_uri()],
        capture_output=True, text=True, timeout=180, check=True,
    )  # fmt: skip
    found = re.search(r'<pre id="outcome">(.*?)</pre>', done.stdout, flags=re.S)
    assert found, done.stderr[-2000:]
    return json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
