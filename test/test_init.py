# SPDX-License-Identifier: MIT
"""init, booted: it does what the wiring file says, and minds what it has begun."""
import re

import pytest

from conftest import BUILD
from machines import MACHINES, every_machine
from test_drivers import Line, talk

WASM = BUILD / "wasm"
CLOCK = """process clock
    module srv/clock.wasm
    kind handler
    serves clock
    priority 4
    memory 256 KiB checked
    use kernel = kernel.time
"""
TICK = """process tick
    module bin/tick.wasm
    kind command
    priority 8
    restart 2 in 1 min else stop
    use clock = clock
    use gone = device.nothing
"""
FILES = [("sys/init.wasm", WASM / "srv/init.wasm"), ("srv/clock.wasm", WASM / "srv/clock.wasm"),
         ("bin/tick.wasm", WASM / "app/template-command.wasm")]
CONFIG = "init=sys/init.wasm\nafter=poweroff\n"


@every_machine
def test_restarts_and_gives_up(boot, kind):
    """The program asks the clock, which answers: without a console it leaves with 2, each time."""
    started = boot(CONFIG, files=[*FILES, ("wiring", (CLOCK + TICK).encode())])
    started.expect(r"tick goes without device.nothing: not found")
    for _ in range(2):
        started.expect(r"tick exits with 2")
        started.expect(r"tick is restarted")
    started.expect(r"tick exits with 2")
    started.expect(r"tick is given up, and everything with it")
    started.expect(r"^copper: exit 2\r?$")
    assert started.wait() == 0


def test_without_a_clock(boot):
    """The same program with no clock to ask leaves with 1."""
    wiring = CLOCK + TICK.replace("    use clock = clock\n", "").replace("2 in 1 min", "never")
    started = boot(CONFIG, files=[*FILES, ("wiring", wiring.encode())])
    started.expect(r"tick exits with 1")
    started.expect(r"^copper: exit 1\r?$")
    assert started.wait() == 0


def test_without_a_wiring_file(boot):
    started = boot(CONFIG, files=FILES)
    started.expect(r"wiring: not found")
    started.expect(r"^copper: exit 1\r?$")
    assert started.wait() == 0


# One driver for each device that some machine has.
DRIVERS = "".join(f"""process {name}
    module drv/{module}.wasm
    kind handler
    serves {protocol}
    priority 2
    memory 256 KiB checked
    stack 64 KiB
    restart 5 in 10 s
    use device = device.{device}
""" for name, module, protocol, device in [
    ("serial", "serial", "stream", "16550"), ("serial2", "serial", "stream", "16550/1"),
    ("uart", "pl011", "stream", "pl011"), ("ps2", "ps2", "keys", "ps2")])
SERVERS = "".join(f"""process {name}
    module srv/{name}.wasm
    kind handler
    serves {protocol}
    priority 4
    memory {memory}
    restart 5 in 10 s else stop
    use kernel = kernel.{rights}
""" for name, protocol, memory, rights in [
    ("clock", "clock", "256 KiB checked", "time"), ("random", "random", "256 KiB checked", "random"),
    ("files", "file", "64 MiB checked", "files,time,watch,log")])
WORLD = """process world
    module bin/world.wasm
    kind command
    priority 8
    restart never else stop
    use kernel = kernel.log,watch
    use clock = clock
    use random = random
    use / = files.root
"""
CLIENT = """process client
    module bin/stream.wasm
    kind command
    priority 8
    restart never else stop
    use line = {}
"""


@pytest.fixture
def line():
    made = Line()
    yield made
    made.close()


@every_machine
def test_drivers_that_are_not_needed_rest(boot, kind, line):
    """The same wiring on all machines: whose device is not there ends, and the others serve."""
    uart = kind.cpu == "aarch64"
    files = [(f"drv/{name}.wasm", WASM / f"drv/{name}.wasm") for name in ("serial", "pl011", "ps2")]
    wiring = DRIVERS + CLIENT.format("uart" if uart else "serial")
    started = boot(CONFIG, "-serial", "chardev:driven", "-chardev", f"serial,id=driven,path={line.path}",
                   files=[*FILES[:1], *files, ("bin/stream.wasm", BUILD / "test/stream.wasm"),
                          ("wiring", wiring.encode())])
    talk(line, lambda: started.process.poll() is None)
    line.expect(rb"copper: exit 0", lambda: True)
    started.wait()


def world_files():
    big = bytes(i * 7 % 256 for i in range(200_000))
    return [*FILES[:2], *[(f"srv/{name}.wasm", WASM / f"srv/{name}.wasm") for name in ("random", "files")],
            ("bin/world.wasm", BUILD / "test/world.wasm"), ("folder/big", big), ("tmp/given", b"given"),
            ("wiring", (SERVERS + WORLD).encode())]


@every_machine
def test_servers_of_a_wiring_file(boot, kind):
    """Clock, chance, files and the kernel's server, asked by test/guest/world.c; 64 MiB are enough."""
    size = {} if kind.cores else {"memory": 64}
    started = boot(CONFIG, files=world_files(), **size)
    started.expect(rf"info program: CPU: {kind.cpu}$")
    started.expect(r"^copper: exit 0\r?$")
    assert "error" not in started.serial() and "warning" not in started.serial()
    assert started.wait() == 0


def test_a_line_of_the_log_is_no_device(boot):
    """Given to the log alone, the second port stays the kernel's, and tells what the first does not."""
    started = boot(CONFIG + "logto=serial1\n", ports=2,
                   files=[*FILES[:1], ("drv/serial.wasm", WASM / "drv/serial.wasm"),
                          ("bin/stream.wasm", BUILD / "test/stream.wasm"),
                          ("wiring", (DRIVERS.replace("drv/pl011", "drv/serial").replace("drv/ps2", "drv/serial")
                                      + CLIENT.format("serial")).encode())])
    started.expect(r"serial2 goes without device.16550/1: not found", port=1)
    started.expect(r"serial2 exits with 0", port=1)
    started.expect(r"ready$", port=0)
    assert "exits with" not in started.serial(0)


FAILS = """process tick
    module bin/tick.wasm
    kind command
    priority 8
    restart 1 in 1 min
"""


@pytest.mark.parametrize("way", ["start", "boot"])
def test_errors_are_told_on_the_console(way, copper, machine, line, tmp_path):
    """The log's server prints what init says of a program that fails, although a driver has the line."""
    wiring = (BUILD.parent / "image/default.wiring").read_text()
    (tmp_path / "wiring").write_text(wiring + FAILS)
    options = ("--wiring", tmp_path / "wiring", "--add", f"{FILES[2][1]}=/bin/tick.wasm")
    if way == "start":
        done = copper("start", *options, BUILD / "copper.img", stdin=b"")
        assert b"error program: tick is given up" in done.stdout
        assert b"info program" not in done.stdout
        return
    made = copper("image", "--base", BUILD / "copper.img", "--out", tmp_path / "disk", *options)
    assert made.returncode == 0, made.stderr.decode()
    kind = MACHINES["pc"]
    started = machine(*kind.arguments(tmp_path / "disk"), "-serial", "chardev:driven", "-chardev",
                      f"serial,id=driven,path={line.path}")
    line.expect(rb"warning program: tick is restarted(?s:.*)error program: tick is given up",
                lambda: started.process.poll() is None)


@every_machine
def test_default_image_comes_to_a_prompt(machine, kind, line):
    """Also with 64 MiB: what is typed is carried out by the shell, whose end is the machine's."""
    sizes = {} if kind.cores else {"memory": 64}
    started = machine(*kind.arguments(BUILD / "copper.img", **sizes), "-snapshot", "-serial", "chardev:driven", "-chardev",
                      f"serial,id=driven,path={line.path}", program=kind.program)
    alive = lambda: started.process.poll() is None
    line.expect(rb"copper> ", alive)
    line.type(b"echo $((1)) 'two  words'; hello\r")
    line.expect(rb"two  words\r?\n(?s:.*)Hello from WebAssembly", alive)
    line.type(b"exit 3\r")
    line.expect(rb"copper: exit 3", lambda: True)
    assert started.wait() == 0


def kill(line, alive, name):
    """By the shell, until another prompt is there; init's warning comes before or behind it."""
    line.heard = b""
    line.type(b"ps\r")
    line.expect(rb" ps\r\n(?s:.*)copper> $", alive)
    number = re.search(rb"(?m)^ *(\d+) .* " + name.encode() + rb"\r$", line.heard)[1]
    line.heard = b""
    line.type(b"kill " + number + b"\r")
    line.expect(rb"copper> $" if name in ("console", "log") else name.encode() + rb" is restarted", alive)


def answers(line, alive):
    """What was typed while nobody had the line is lost: then it is typed again."""
    line.heard = b""
    line.type(b"\recho still here\r")
    try:
        line.expect(rb"\nstill here\r\n(?s:.*)copper> $", alive, timeout=5)
    except AssertionError:
        assert alive()
        return False
    return True


@every_machine
def test_who_is_killed_is_restarted(machine, kind, line):
    """Driver and servers, below the shell that asks them: it goes on with the next ones."""
    started = machine(*kind.arguments(BUILD / "copper.img"), "-snapshot", "-serial", "chardev:driven", "-chardev",
                      f"serial,id=driven,path={line.path}", program=kind.program)
    alive = lambda: started.process.poll() is None
    line.expect(rb"copper> $", alive)
    for name in ("uart" if kind.cpu == "aarch64" else "serial", "clock", "random", "log", "console"):
        kill(line, alive, name)
        assert any(answers(line, alive) for _ in range(30))
    line.type(b"poweroff\r")
    assert started.wait() == 0


NUMBERED = """process console
    module srv/terminal.wasm
    kind handler
    serves console
    priority 4
    memory 1 MiB checked
    restart 100 in 1 s
    use line = {0}
process log
    module srv/log.wasm
    kind handler
    serves log
    priority 5
    memory 1 MiB checked
    restart 100 in 1 s
    use kernel = kernel.watch
process killer
    module bin/killer.wasm
    kind command
    priority 1
    memory 1 MiB checked
    arguments killer {0} clock random files console log
    use kernel = kernel.watch,end
process numbered
    module bin/numbered.wasm
    kind command
    priority 8
    memory 1 MiB checked
    restart never else stop
    arguments numbered {1} {0} clock random files console log
    use kernel = kernel.watch
    use line = {0}
    use console = console.output
    use clock = clock
    use random = random
    use / = files.root
"""


def killed_at_random(boot, kind, line, times, cores):
    """The driver and each server `times` times, while a client of all of them says numbers to the line."""
    driver = "uart" if kind.cpu == "aarch64" else "serial"
    often = (DRIVERS + SERVERS).replace("restart 5 in 10 s else stop", "restart 100 in 1 s").replace(
        "restart 5 in 10 s", "restart 100 in 1 s")
    files = [(f"drv/{name}.wasm", WASM / f"drv/{name}.wasm") for name in ("serial", "pl011", "ps2")]
    files += [(f"srv/{name}.wasm", WASM / f"srv/{name}.wasm") for name in ("terminal", "log")]
    files += [(f"bin/{name}.wasm", BUILD / f"test/{name}.wasm") for name in ("killer", "numbered")]
    started = boot(CONFIG, "-serial", "chardev:driven", "-chardev", f"serial,id=driven,path={line.path}",
                   files=[*world_files()[:-1], *files, ("wiring", (often + NUMBERED.format(driver, times)).encode())],
                   cores=cores)
    line.expect(rb"\ndone\n", lambda: started.process.poll() is None, timeout=20)
    line.expect(rb"copper: exit 0", lambda: True)
    assert started.wait() == 0
    return [int(number) for number in re.findall(rb"\nnumber (\d+) of many\.\r?\n", line.heard)]


def assert_complete(numbers):
    """What was said twice, because nobody knew whether it had been said, is heard once."""
    heard, last = [], 0
    for number in numbers:
        if number > last:
            heard.append(number)
            last = number
    assert heard == list(range(1, last + 1)) and last > 0


@pytest.mark.parametrize("cores", [1, 4])
@every_machine
def test_a_stream_survives_random_kills(boot, kind, line, cores):
    if kind.cores in (None, cores):
        assert_complete(killed_at_random(boot, kind, line, 200, cores))


@every_machine
def test_a_runaway_program_is_interrupted(machine, kind, line):
    """Ctrl-C comes by the driver's interrupt, the terminal and the shell, while a program computes for ever."""
    started = machine(*kind.arguments(BUILD / "copper.img"), "-snapshot", "-serial", "chardev:driven", "-chardev",
                      f"serial,id=driven,path={line.path}", program=kind.program)
    alive = lambda: started.process.poll() is None
    line.expect(rb"copper> $", alive)
    line.type(b"sqlite3 :memory: 'select 1; with recursive c(x) as (select 1 union all select x+1 from c) "
              b"select count(*) from c'\r")
    line.expect(rb"\n1\r\n", alive)
    line.type(b"\x03")
    line.expect(rb"\n1\r\n(?s:.*)copper> $", alive)
