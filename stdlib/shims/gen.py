#!/usr/bin/env python3
"""Makes a Go module of mgo's library sources, to run them under real Go.

usage: gen.py OUT [test.mgo ...]

stdlib/mgo/<path>/*.mgo becomes OUT/<path>/*.go with imports of library packages rewritten to "x/<path>";
natives (functions without body) are dropped, stdlib/shims/<path>/*.go supplies them.
Each test program becomes two commands: OUT/cmd/ours/<name> with the rewritten imports and
OUT/cmd/real/<name> with Go's own packages.
With ONLY="log log/slog" in the environment those packages are mgo's, and all others Go's.
"""
import os, re, sys, shutil

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.join(os.path.dirname(here), "mgo")
out = sys.argv[1]
os.makedirs(out, exist_ok=True)

pkgs = {}
for d, _, files in os.walk(root):
    fs = sorted(f for f in files if f.endswith(".mgo"))
    if fs:
        pkgs[os.path.relpath(d, root)] = fs
# Package reflect is made of natives: what stands on it is tested on Go's.
pkgs.pop("reflect", None)
if only := os.environ.get("ONLY", "").split():
    pkgs = {p: pkgs[p] for p in only}

imp = re.compile(r'^(\s*(?:import\s+)?(?:[\w.]+\s+)?)"([\w/.]+)"(\s*(?://.*)?)$')

def rewrite(text, lib):
    lines, natives, res = text.split("\n"), [], []
    inimp = False
    for l in lines:
        if l.startswith("import ("):
            inimp = True
        elif inimp and l.startswith(")"):
            inimp = False
        elif inimp or l.startswith("import "):
            m = imp.match(l)
            if m and m.group(2) in pkgs:
                l = m.group(1) + '"x/' + m.group(2) + '"' + m.group(3)
        if lib and l.startswith("func ") and "{" not in l.split("//")[0] and not l.rstrip().endswith(("(", ",")):
            natives.append(l)
            l = "// native: " + l
        res.append(l)
    return "\n".join(res), natives

def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path) and open(path).read() == text:
        return
    open(path, "w").write(text)

put(os.path.join(out, "go.mod"), "module x\n\ngo 1.27\n")
want = {os.path.join(out, "go.mod")}
for p, fs in pkgs.items():
    for f in fs:
        text, _ = rewrite(open(os.path.join(root, p, f)).read(), True)
        dst = os.path.join(out, p, f[:-4] + ".go")
        put(dst, text)
        want.add(dst)
    sd = os.path.join(here, p)
    if os.path.isdir(sd):
        for f in sorted(os.listdir(sd)):
            if f.endswith(".go"):
                dst = os.path.join(out, p, "zshim_" + f)
                put(dst, open(os.path.join(sd, f)).read())
                want.add(dst)
for t in sys.argv[2:]:
    name = os.path.basename(t)[:-4]
    text = open(t).read()
    for kind in ("ours", "real"):
        dst = os.path.join(out, "cmd", kind, name, "main.go")
        put(dst, rewrite(text, False)[0] if kind == "ours" else text)
        want.add(dst)
for d, _, files in os.walk(out):
    for f in files:
        if f.endswith(".go") and os.path.join(d, f) not in want:
            os.remove(os.path.join(d, f))
