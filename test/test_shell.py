# SPDX-License-Identifier: MIT
"""The shell and its tools, typed at as a person would, under Linux (`copper start`)."""
import pathlib
import re

import pexpect
import pytest

from conftest import BUILD

COPPER = BUILD / "host/copper"
INITRD = BUILD / "x86_64/initrd.gz"
DEFAULT = pathlib.Path(__file__).parent.parent / "image/default.wiring"
SHELL = """process shell
    module   bin/shell.wasm
    kind     command
    priority 8
    memory   64 MiB checked
    restart  never else stop
    use terminal = console.owner
    use stdin  = console.input
    use stdout = console.output
    use stderr = console.error
    use clock  = clock
    use random = random
    use kernel = kernel.log,watch,end,power,time,random,files
    use /      = files.root
"""
PROMPT = "copper> "
FOREVER = "sqlite3 :memory: 'with recursive c(x) as (select 1 union all select x + 1 from c) select max(x) from c'"


class Shell:
    """A terminal with the shell at its end."""

    def __init__(self, wiring):
        self.terminal = pexpect.spawn(str(COPPER), ["start", "--wiring", str(wiring), str(INITRD)],
                                      timeout=60, encoding="utf-8", dimensions=(25, 80))
        self.terminal.expect_exact(PROMPT)

    def type(self, keys):
        self.terminal.send(keys)

    def until(self, text):
        """Linux makes a line's end of what is one already."""
        self.terminal.expect(re.escape(text).replace("\\\r\\\n", "\\r+\\n"))

    def until_prompt(self):
        """What was shown before the next prompt, in lines."""
        self.terminal.expect_exact(PROMPT)
        return self.terminal.before.replace("\r", "").split("\n")

    def do(self, line):
        """What the line prints, in lines."""
        self.type(line + "\r")
        self.until("\n")  # the echo
        return self.until_prompt()[:-1]


@pytest.fixture
def shell(tmp_path):
    wiring = tmp_path / "wiring"
    wiring.write_text(re.sub(r"process (demo|shell)\n.*", SHELL, DEFAULT.read_text(), flags=re.S))
    made = Shell(wiring)
    yield made
    made.terminal.close(force=True)


def test_words(shell):
    """Quotes, variables, exit codes."""
    assert shell.do("echo one  two 'three  $PWD' \"$PWD\" \\' # four") == ["one two three  $PWD / '"]
    assert shell.do("NAME=value") == []
    assert shell.do('echo "$NAME ${NAME}s" $NOTHING.') == ["value values ."]
    assert shell.do("false; echo $?; true; echo $?") == ["1", "0"]
    assert shell.do("false && echo no || echo yes; true || echo no") == ["yes"]
    assert shell.do("cd help") == []
    assert shell.do("pwd; cat ../help/pwd.txt | cat")[0] == "/help"


@pytest.mark.parametrize("line, told", [
    ("echo 'a", "column 6: this quote is not closed"), ("ls |", "column 5: a command is expected"),
    ("| ls", "column 1: a command is expected"), ("ls && && ls", "column 7: a command is expected"),
    ("ls >", "column 5: the name of a file is expected"), ("echo ${1}", "column 8: a name and \"}\" are expected")])
def test_mistakes(shell, line, told):
    """Nothing of a line with a mistake is carried out."""
    assert shell.do("echo before; " + line)[0] == "shell: " + told.replace(
        told.split()[1], f"{int(told.split()[1][:-1]) + 13}:")
    assert shell.do("echo $?") == ["2"]


def test_programs(shell):
    """WASI programs and commands, with arguments; and what there is not."""
    assert shell.do("sqlite3 :memory: 'select 6 * 7'") == ["42"]
    assert shell.do("hello")[0].lower().startswith("hello")
    assert shell.do("nothing; echo $?") == [
        'shell: nothing: there is no such command; "help" lists them', "127"]
    assert shell.do("/help/ls.txt")[0] == "shell: /help/ls.txt: malformed data"
    assert shell.do("/nowhere/x")[0] == "shell: /nowhere/x: not found"
    assert shell.do("cat /bin/hello.wasm > /tmp/own.wasm; /tmp/own.wasm")[0].lower().startswith("hello")


def test_files(shell):
    """To files, behind them, from them; what is printed in error; and the tools for them."""
    assert shell.do("echo one > /tmp/a; echo two >> /tmp/a; cat < /tmp/a") == ["one", "two"]
    assert shell.do("sqlite3 :memory: 'select 1' > /tmp/b; sqlite3 :memory: 'select 2' >> /tmp/b; cat /tmp/b") == [
        "1", "2"]
    assert shell.do("cat /nothing 2> /tmp/e; cat /tmp/e") == ["cat: /nothing: not found"]
    assert shell.do("mkdir /tmp/d; cd /tmp; ls") == ["a", "b", "d/", "e"]
    assert shell.do("rm a b e; rmdir d; ls; echo x > ../bin/x") == ["shell: ../bin/x: read-only"]
    assert [line.split() for line in shell.do("cd /; ls -l help")][0][1] == "cat.txt"


def test_pipes(shell):
    """Everything arrives, in order, through several; the end is told; who is not heard ends."""
    assert shell.do("cat /demo/source.csv | cat | cat > /tmp/copy") == []
    sizes = {line.split()[1]: line.split()[0]
             for line in shell.do("ls -l /demo; ls -l /tmp")}
    assert sizes["copy"] == sizes["source.csv"]
    assert shell.do("echo 'select 2 + 3;' | sqlite3 :memory:") == ["5"]
    assert shell.do("help ls | cat | true; echo $?") == ["0"]
    assert shell.do("cat /demo/source.csv | true") == []


def test_interrupt(shell):
    """Ctrl-C ends what runs for ever, and what waits for keys; the shell goes on."""
    shell.type(FOREVER + "\r")
    shell.until("from c'\r\n")
    shell.type("\x03")
    shell.until_prompt()
    assert shell.do("echo $?") == ["130"]
    shell.type("cat | cat\r")
    shell.until("cat | cat\r\n")
    shell.type("typed\r")
    shell.until("typed\r\ntyped\r\n")
    shell.type("\x03")
    shell.until_prompt()
    shell.type("not done\x03")
    shell.until_prompt()
    assert shell.do("echo still here") == ["still here"]


def test_end_of_input(shell):
    shell.type("cat\r")
    shell.until("cat\r\n")
    shell.type("word\r")
    shell.until("word\r\nword\r\n")
    shell.type("\x04")
    shell.until_prompt()
    shell.type("\x04")
    shell.terminal.expect(pexpect.EOF)
    shell.terminal.wait()
    assert shell.terminal.exitstatus == 0


def test_typing_ahead(shell):
    """What is typed while a program runs, before its line is whole, is the shell's."""
    shell.type(FOREVER.replace("from c)", "from c limit 2000000)") + "\r")
    shell.until("\n")
    shell.type("echo ah")
    shell.until_prompt()
    shell.type("ead\r")
    shell.until("ahead\r\n")
    shell.until_prompt()


def test_jobs(shell):
    """In the background: listed, killed, waited for, told when they end."""
    number = re.match(r"\[(\d+)\] sqlite3 ", shell.do(FOREVER + " &")[0])[1]
    assert shell.do("jobs") == [f"[{number}] {FOREVER}"[:len(number) + 2 + 1 + 79]]
    assert any("sqlite3" in line for line in shell.do("ps"))
    shell.type(f"kill %{number}; wait; echo waited $?\r")
    shell.until("waited 137\r\n")
    shell.until_prompt()
    assert shell.do("jobs") == [] and not any("sqlite3" in line for line in shell.do("ps"))
    shell.do("true | sqlite3 :memory: 'select 77' > /tmp/out &")
    shell.do("wait")
    assert shell.do("cat /tmp/out") == ["77"]


def test_keys(shell):
    """History and completion."""
    shell.do("echo first")
    shell.type("\x1b[A\r")
    shell.until("echo first\r\nfirst\r\n")
    shell.until_prompt()
    shell.type("sqli\t:memory: 'select 9'\r")
    shell.until("\n9\r\n")
    shell.until_prompt()
    shell.type("cat /help/mk\t\r")
    shell.until("Makes folders")
    shell.until_prompt()
    shell.type("cat /help/p\t\t")
    shell.until("poweroff.txt  ps.txt  pwd.txt")
    shell.type("\x03")
    shell.until_prompt()


def test_scripts(shell):
    shell.do("echo 'echo a $?' > /tmp/s; echo false >> /tmp/s; echo 'echo b $? # remark' >> /tmp/s")
    assert shell.do("shell /tmp/s") == ["a 0", "b 1"]
    assert shell.do("shell -c 'exit 7'; echo $?") == ["7"]
    assert shell.do("shell /nothing; echo $?") == ["shell: /nothing: not found", "127"]


def test_tools(shell):
    assert [line.split()[-1] for line in shell.do("ps")][1:4] == ["kernel", "init", "serial"]
    assert any(line.split()[-1] == "shell" for line in shell.do("handles")[1:])
    assert shell.do("mem")[0].startswith("all ")
    assert shell.do("mods")[0].startswith("functions compiled")
    assert any("switch to" in line for line in shell.do("trace"))
    for name in shell.do("ls /bin") + ["cd", "echo", "exit", "fg", "jobs", "kill", "pwd", "set", "wait"]:
        assert shell.do(f"help {name.removesuffix('.wasm')} | cat")[0] != ""
    shell.type("top\r")
    shell.until("q: quit")
    shell.until("q: quit")  # a second later
    shell.type("q")
    shell.until_prompt()
    shell.type("poweroff\r")
    shell.terminal.expect(pexpect.EOF)


def test_a_server_killed_is_restarted(shell):
    """And whoever asks it next is answered."""
    random = next(line.split()[0] for line in shell.do("ps") if line.endswith(" random"))
    told = shell.do(f"kill {random}; sqlite3 :memory: 'select length(randomblob(16))'")
    assert [line for line in told if line[0] != "["] == ["16"]
    assert any(line.endswith("random is restarted") for line in told)
    row = next(line.split() for line in shell.do("ps") if line.endswith(" random"))
    assert row[0] == random and row[-2] == "1"
