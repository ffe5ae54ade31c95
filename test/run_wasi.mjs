// SPDX-License-Identifier: MIT
// run_wasi.mjs [--dir HOST::GUEST]... [--env K=V]... PROGRAM.wasm [ARGS...]: a WASI program under V8,
// with the options of `copper run`, so that the two can be compared. A trap prints and exits 134.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { WASI } from "node:wasi";

const given = process.argv.slice(2);
const preopens = {};
const env = {};
while (given.length > 0 && given[0].startsWith("--")) {
    const option = given.shift();
    const value = given.shift();
    if (option === "--dir") {
        const [host, guest] = value.split("::");
        preopens[guest ?? host] = host;
    } else if (option === "--env") {
        const cut = value.indexOf("=");
        env[value.slice(0, cut)] = value.slice(cut + 1);
    } else {
        console.error(`run_wasi: unknown option ${option}`);
        process.exit(2);
    }
}
const [program, ...args] = given;
const wasi = new WASI({
    version: "preview1",
    args: [basename(program, ".wasm"), ...args],
    env,
    preopens,
    returnOnExit: true,
});
const module = await WebAssembly.compile(await readFile(program));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
try {
    process.exitCode = wasi.start(instance);
} catch (error) {
    console.error(`trap: ${error.stack}`);
    process.exit(134);
}
