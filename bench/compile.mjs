// SPDX-License-Identifier: MIT
// compile.mjs MODULE.wasm: CPU milliseconds that V8 takes to compile a module, and then to validate it
// alone. Which compiler, and that it does all at once on one thread, its flags say (compile.py).
import { readFileSync } from "node:fs";

const bytes = readFileSync(process.argv[2]);

function cpuMs(work) {
    const before = process.cpuUsage();
    work();
    const spent = process.cpuUsage(before);
    return (spent.user + spent.system) / 1000;
}

const compile = cpuMs(() => new WebAssembly.Module(bytes));
const validate = cpuMs(() => WebAssembly.validate(bytes));
console.log(`${compile} ${validate}`);
