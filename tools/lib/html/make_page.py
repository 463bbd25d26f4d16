#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""make_page.py FOLDER OUT: write the page in FOLDER, a folder of the library, without its data: OUT/head.html and
OUT/tail.html.

FOLDER/page/parts lists styles and scripts, a file a line, in the order of use. They become part of the page, and its policy
(Content-Security-Policy) allows these and nothing else: no other script or style, no network.
"""
import base64
import hashlib
import pathlib
import sys

LIBRARY = pathlib.Path(__file__).resolve().parent.parent
DATA = "@DATA@"


def read(path):
    return path.read_text(encoding="utf-8")


def source(text):
    """As the policy names a script or style: by its hash."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def main():
    folder, out = map(pathlib.Path, sys.argv[1:3])
    lines = [line for line in read(folder / "page/parts").splitlines() if line and not line.startswith("#")]
    parts = {line: read(LIBRARY / line) for line in lines}
    styles = [text for name, text in parts.items() if name.endswith(".css")]
    # Those of others have a scope of their own; ours share one.
    scripts = [text for name, text in parts.items() if name.endswith(".js") and "/vendor/" in name]
    ours = "".join(text for name, text in parts.items() if name.endswith(".js") and "/vendor/" not in name)
    scripts.append("'use strict';\n(() => {\n" + ours + "})();\n")
    policy = "; ".join(["default-src 'none'", "script-src " + " ".join(map(source, scripts)),
                        "style-src " + " ".join(map(source, styles)), "base-uri 'none'", "form-action 'none'"])
    text = read(folder / "page/index.html")
    text = text.replace("@LICENCE@", read(LIBRARY / "html/vendor/LICENSE").strip())
    for mark, value in [
            ("@POLICY@", policy),
            ("@STYLES@", "".join(f"<style>{style}</style>\n" for style in styles)),
            ("@SCRIPTS@", "".join(f"<script>{script}</script>\n" for script in scripts))]:
        if text.count(mark) != 1:
            sys.exit(f"make_page.py: {folder}/page/index.html has {mark} not once")
        text = text.replace(mark, value)
    if any("</script" in script for script in scripts) or text.count(DATA) != 1:
        sys.exit("make_page.py: a script ends early, or there is no place for the data")
    head, tail = text.split(DATA)
    out.mkdir(parents=True, exist_ok=True)
    (out / "head.html").write_text(head, encoding="utf-8")
    (out / "tail.html").write_text(tail, encoding="utf-8")


main()
