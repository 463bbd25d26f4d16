#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""make_page.py DIR: write the dashboard's page without its data, as DIR/head.html and DIR/tail.html.

Styles and scripts become part of it, and its policy (Content-Security-Policy) allows these and nothing else: no other
script or style, no network.
"""
import base64
import hashlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
STYLES = ["vendor/uPlot.min.css", "page/style.css", "page/parts.css"]
# In the order of use; those of page/ share one scope.
SCRIPTS = ["dom", "format", "decode", "ranktest", "data", "compare", "axis", "timeline", "heat", "changes",
           "series", "scaling", "errors", "run", "pair", "place", "main"]
DATA = "@DATA@"


def read(name):
    return (HERE / name).read_text(encoding="utf-8")


def source(text):
    """As the policy names a script or style: by its hash."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def main():
    styles = [read(name) for name in STYLES]
    page = "'use strict';\n(() => {\n" + "".join(read(f"page/{name}.js") for name in SCRIPTS) + "})();\n"
    scripts = [read("vendor/uPlot.iife.min.js"), page]
    policy = "; ".join(["default-src 'none'", "script-src " + " ".join(map(source, scripts)),
                        "style-src " + " ".join(map(source, styles)), "base-uri 'none'", "form-action 'none'"])
    text = read("page/index.html")
    for mark, value in [
            ("@POLICY@", policy),
            ("@LICENCE@", read("vendor/LICENSE").strip()),
            ("@STYLES@", "".join(f"<style>{style}</style>\n" for style in styles)),
            ("@SCRIPTS@", "".join(f"<script>{script}</script>\n" for script in scripts))]:
        if text.count(mark) != 1:
            sys.exit(f"make_page.py: page/index.html has {mark} not once")
        text = text.replace(mark, value)
    if any("</script" in script for script in scripts) or text.count(DATA) != 1:
        sys.exit("make_page.py: a script ends early, or there is no place for the data")
    head, tail = text.split(DATA)
    out = pathlib.Path(sys.argv[1])
    (out / "head.html").write_text(head, encoding="utf-8")
    (out / "tail.html").write_text(tail, encoding="utf-8")


main()
