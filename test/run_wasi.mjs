// SPDX-License-Identifier: MIT
// run_wasi.mjs [OPTIONS] PROGRAM.wasm [ARGS...]: a WASI program under V8, with the options of `copper
// run` (--dir, --env, --trap-unknown-imports), so that the two can be compared. A trap exits 134.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { WASI } from "node:wasi";

const given = process.argv.slice(2);
const preopens = {};
const env = {};
let trapUnknown = false;
while (given.length > 0 && given[0].startsWith("--")) {
    const option = given.shift();
    if (option === "--trap-unknown-imports") {
        trapUnknown = true;
        continue;
    }
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
const imports = wasi.getImportObject();
for (const { module: from, name, kind } of trapUnknown ? WebAssembly.Module.imports(module) : []) {
    if (kind === "function" && !(name in (imports[from] ??= {}))) {
        imports[from][name] = () => {
            throw new WebAssembly.RuntimeError(`unknown import ${from}.${name}`);
        };
    }
}
const instance = await WebAssembly.instantiate(module, imports);
try {
    process.exitCode = wasi.start(instance);
} catch (error) {
    console.error(`trap: ${error.stack}`);
    process.exit(134);
}
