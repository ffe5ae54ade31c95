# SPDX-License-Identifier: MIT
"""The pages tell the truth about names: every file, function, make target, key of CONFIG and option
of the command that they mention exists; and what a page must list, it lists."""

import fnmatch
import re

import pytest
from conftest import ROOT, run

PAGES = ["README.md", "ARCHITECTURE.md", "STYLE.md",
         *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "doc").rglob("*.md"))]
SOURCE = re.compile(r"[\w.*/-]+\.(?:c|h|S|def|mk|py|awk|ld|mjs|md)\b")


def tracked():
    return run(["git", "-C", ROOT, "ls-files"]).stdout.decode().split()


FILES = tracked()
FOLDERS = {name.rsplit("/", depth)[0] for name in FILES for depth in range(1, name.count("/") + 1)}
TOP = {name.split("/")[0] for name in FOLDERS}
CPUS = ("x86_64", "aarch64", "riscv64")


def text_of(page):
    return (ROOT / page).read_text()


def code_of(page):
    """What is marked as code: spans in backquotes, and indented or fenced lines, joined where a
    line goes on."""
    text = text_of(page).replace("\\\n", " ")
    blocks = [line for line in text.splitlines() if line.startswith("    ")]
    blocks += "\n".join(re.findall(r"^```\n(.*?)^```$", text, re.M | re.S)).splitlines()
    return re.findall(r"`([^`\n]+)`", text) + blocks


def files_named(name):
    """The files that a page may mean by a name: by its path, or by the end of one."""
    return [file for file in FILES if fnmatch.fnmatch(file, name)
            or fnmatch.fnmatch(file, "*/" + name)]


def sources(*patterns):
    return "\n".join((ROOT / file).read_text() for file in FILES
                     if any(fnmatch.fnmatch(file, pattern) for pattern in patterns))


CODE = sources("*.c", "*.h", "*.S", "*.def")
MAKE = sources("Makefile", "mk/*.mk")
COMMANDS = {name: sources(f"host/command/{name}.c")
            for name in ("run", "start", "boot", "image", "spec", "push", "compile")}
COMMANDS["log"] = COMMANDS["push"]
KEYS = {key for part in re.findall(r'(?:value_of|environment_find)\(([^;]*?)\)', sources(
            "kernel/start/*.c", "boot/src/*.c", "base/src/environment.c"))
        for key in re.findall(r'"(\w+)', part)[:1]}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)\)", text_of(page)):
        if "://" not in link:
            assert ((ROOT / page).parent / link).exists(), f"{page}: {link}"


@pytest.mark.parametrize("page", PAGES)
def test_files_exist(page):
    for code in code_of(page):
        for name in SOURCE.findall(code):
            if not name.startswith("build/") and "NAME" not in name:
                assert files_named(name.removeprefix("./").lstrip("/")), f"{page}: {name}"
        for name in re.findall(r"(?<![\w./<-])([a-z]+(?:/[\w-]+)+)/?(?![\w./*-])", code):
            if name.split("/")[0] in TOP - {"image", "test"}:
                assert name in FOLDERS or name in FILES or files_named(name + ".*"), f"{page}: {name}"
        for name in re.findall(r"(?<![\w./-])build/[\w./-]+", code):
            assert (ROOT / name).exists(), f"{page}: {name} (after make)"


@pytest.mark.parametrize("page", PAGES)
def test_functions_exist(page):
    for code in code_of(page):
        for name in re.findall(r"\b([a-z]\w+)\(\)", code):
            assert re.search(rf"\b{name}\(", CODE), f"{page}: {name}()"
    for name, file in re.findall(r"`(\w+)\(\)`\s+\(`([\w./-]+\.[chS])`", text_of(page)):
        said = "".join((ROOT / found).read_text() for found in files_named(file))
        assert re.search(rf"\b{name}\(", said), f"{page}: {name}() is not in {file}"


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_exist(page):
    for code in code_of(page):
        for target in re.findall(r"^\s*make ([a-z][\w-]*)", code):
            assert re.search(rf"^{target}:", MAKE, re.M), f"{page}: make {target}"


@pytest.mark.parametrize("page", PAGES)
def test_options_exist(page):
    for code in code_of(page):
        known = COMMANDS
        if called := re.search(r"\bcopper (\w+)\s(.*)", code):
            assert called[1] in COMMANDS or "copper help" in code, f"{page}: {code}"
            known = {called[1]: COMMANDS[called[1]]}
            code = re.split(r"\.wasm\b(?!=)", called[2])[0]
        elif not code.startswith("--"):
            continue
        for option in re.findall(r"(?<!\S)(--[a-z][\w-]*)", code):
            assert option == "--help" or any(f'"{option}"' in text for text in known.values()), \
                f"{page}: {option} in {code}"


@pytest.mark.parametrize("page", PAGES)
def test_keys_exist(page):
    for code in code_of(page):
        for key in re.findall(r"^([a-z]+)=", code) + re.findall(r"--set (\w+)=", code):
            assert key in KEYS | {"key"}, f"{page}: {key}="


def test_the_keys_are_all_described():
    assert len(KEYS) > 8
    described = set(re.findall(r"^\| `(\w+)` \|", text_of("doc/boot.md"), re.M))
    assert KEYS <= described, f"doc/boot.md lacks {KEYS - described}"


def test_every_folder_is_named():
    """In ARCHITECTURE.md, by its path or by a path below it; in the table of folders by its name alone,
    too. What any part may have (include, src, test) need not be, nor a part's folder for a CPU."""
    text = text_of("ARCHITECTURE.md")
    named = {name.strip("/") for name in re.findall(r"`([\w/-]+)`", text)}
    named |= {name for path in re.findall(r"[\w./-]+/[\w.-]+", text)
              for name in (path.rsplit("/", depth)[0] for depth in range(path.count("/") + 1))}
    for folder in sorted(FOLDERS):
        parts = folder.split("/")
        any_part = {"include", "src", "test"} & set(parts[1:]) or parts[-1] in CPUS
        if not any_part and parts[0][0] != "." and parts[0] not in ("doc", "programs"):
            assert {folder, parts[-1]} & named, f"ARCHITECTURE.md does not name {folder}"


def test_each_step_is_where_it_is_said_to_be():
    """The table of ARCHITECTURE.md whose columns are CPUs: the files lie in that CPU's folder."""
    rows = [line.strip("|").split(" | ") for line in text_of("ARCHITECTURE.md").splitlines()
            if line.startswith("| ") and line.count(" | ") == len(CPUS)]
    start = next(i for i, row in enumerate(rows) if [cell.strip(" `") for cell in row[1:]] == list(CPUS))
    checked = 0
    for row in rows[start + 1:]:
        for cpu, cell in zip(CPUS, row[1:]):
            for name in re.findall(r"`([\w/]+\.[chS])`", cell):
                folder = "kernel" if "/" in name else f"kernel/arch/{cpu}"
                assert f"{folder}/{name}" in FILES, f"{row[0].strip()}: {folder}/{name}"
                checked += 1
    assert checked > 30


def test_every_decision_is_listed():
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", text_of("doc/decisions/README.md"))
    there = sorted(path.name for path in (ROOT / "doc" / "decisions").glob("0*.md"))
    assert listed == there
    for name in there:
        page = text_of(f"doc/decisions/{name}")
        for part in ("**Choice.**", "**Reason.**", "**Reverse it if"):
            assert part in page, f"{name}: {part}"


def test_every_source_says_what_it_is():
    """A licence in the first line, and then what the file does."""
    for file in FILES:
        if fnmatch.fnmatch(file, "*.[chS]") and "/test/" not in file:
            first, second = (ROOT / file).read_text().splitlines()[:2]
            assert first == "/* SPDX-License-Identifier: MIT */", file
            assert second.startswith("/*"), f"{file} does not say what it does"
