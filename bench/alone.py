# SPDX-License-Identifier: MIT
"""A wiring file in which a program takes the shell's place in the default image: when it ends, so does the machine."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def wiring(arguments, handles):
    """`arguments` as one text, its name first; the module is /bin/NAME.wasm."""
    text = (ROOT / "image/default.wiring").read_text()
    head, _, _ = text.partition("# When it ends the machine is off.")
    name = arguments.split()[0]
    return head + f"""process {name}
    module   bin/{name}.wasm
    kind     command
    arguments {arguments}
    priority 8
    memory   16 MiB checked
    stack    64 KiB
    handles  {handles}
    restart  never else stop
    use stdout = console.output
    use stderr = console.error
    use kernel = kernel.watch
"""
