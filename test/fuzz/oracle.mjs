// SPDX-License-Identifier: MIT
// The oracle: runs modules under V8 and writes what happened as commands of a specification script
// (JSON). Given modules are those of wasm-opt: one script per module, one per line of the output.
// With --generate it makes the modules of each seed itself (generate.mjs), and writes SEED.json
// beside them; a line of output for each seed says how many modules there are.
//
// usage: node oracle.mjs SUPPORT.wasm MODULE.wasm...
//        node oracle.mjs --generate FOLDER FIRST COUNT
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeGroup } from './generate.mjs';
import { TYPE_NAMES } from './encode.mjs';

const bits = new DataView(new ArrayBuffer(8));
const samples = {
  i32: [0, 1, -1, 0x7fffffff, -0x80000000, 12345, 31, 32],
  i64: [0n, 1n, -1n, 0x7fffffffffffffffn, -0x8000000000000000n, 0x123456789abcdefn, 63n, 64n],
  f32: [0, -0, 1.5, -1e30, 4294967296, 0.1, -2147483649, 3e9],
  f64: [0, -0, 1.5, -1e300, 18446744073709551616, 0.1, -2147483649, 9.3e18],
};

// A value as the scripts write it: unsigned decimal of the bits.
function encode(type, value) {
  switch (type) {
    case 'i32': return { type, value: String(value >>> 0) };
    case 'i64': return { type, value: String(BigInt.asUintN(64, value)) };
    case 'f32':
      if (Number.isNaN(value)) return { type, value: 'nan:any' };
      bits.setFloat32(0, value);
      return { type, value: String(bits.getUint32(0)) };
    case 'f64':
      if (Number.isNaN(value)) return { type, value: 'nan:any' };
      bits.setFloat64(0, value);
      return { type, value: String(bits.getBigUint64(0)) };
    case 'externref':
      return { type, value: String(value) };
    case 'funcref':
      return value === null ? { type, value: 'null' } : { type };
  }
  return null;
}

const traps = [
  ['unreachable', 'unreachable'], ['memory access out of bounds', 'out of bounds memory access'],
  ['divide by zero', 'integer divide by zero'], ['remainder by zero', 'integer divide by zero'],
  ['divide result unrepresentable', 'integer overflow'],
  ['float unrepresentable', ''], ['table index is out of bounds', 'undefined element'],
  ['null function or function signature mismatch', ''], ['table access', ''],
  ['data segment', ''], ['element segment', ''],
];

// The text of a trap, '' for any, or null when the run must be given up here.
function trapText(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return null;
  const found = traps.find(([ours]) => error.message.includes(ours));
  return found ? found[1] : '';
}

// The frames of a trap, innermost first: function and byte offset in turn. Only whole traces: V8 may
// have cut a long one.
Error.stackTraceLimit = 40;
function trapTrace(error) {
  const frames = [...error.stack.matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/g)];
  return frames.flatMap(([, index, offset]) => [Number(index), parseInt(offset, 16)]);
}

// Types come from the binary: the JavaScript interface does not tell them.
function readSignatures(bytes) {
  let at = 8;
  const leb = () => {
    let value = 0, shift = 0, byte;
    do { byte = bytes[at++]; value |= (byte & 0x7f) << shift; shift += 7; } while (byte & 0x80);
    return value >>> 0;
  };
  const names = { 0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64' };
  const types = [], functions = [], exports = [];
  const list = (read) => Array.from({ length: leb() }, read);
  const text = () => { const n = leb(); at += n; return Buffer.from(bytes.slice(at - n, at)).toString(); };
  while (at < bytes.length) {
    const id = bytes[at++], size = leb(), end = at + size;
    if (id === 1) list(() => { at++; const p = list(() => names[bytes[at++]]); types.push([p, list(() => names[bytes[at++]])]); });
    if (id === 2) list(() => { text(); text(); if (bytes[at++] === 0) functions.push(leb()); else throw new Error('import'); });
    if (id === 3) list(() => functions.push(leb()));
    if (id === 7) list(() => { const name = text(), kind = bytes[at++], index = leb(); if (kind === 0) exports.push([name, index]); });
    at = end;
  }
  return exports.map(([name, index]) => [name, ...types[functions[index]]]);
}

function* calls(signatures) {
  for (const [name, parameters, results] of signatures) {
    for (let round = 0; round < (parameters.length ? 4 : 1); round++) {
      yield [name, parameters.map((type, i) => [type, samples[type][(round * 3 + i) % 8]]), results];
    }
  }
}

function runModule(support, path) {
  const bytes = readFileSync(path);
  const commands = [
    { type: 'module', line: 1, filename: 'support.wasm', name: '$support' }, { type: 'register', line: 1, as: 'fuzzing-support' },
    { type: 'module', line: 2, filename: basename(path) },
  ];
  const helper = new WebAssembly.Instance(support, {});
  let instance;
  try {
    instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { 'fuzzing-support': helper.exports });
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) return null;
    commands[2] = { type: 'assert_uninstantiable', line: 2, filename: basename(path), text: '' };
    return commands;
  }
  const all = readSignatures(bytes);
  const hang = all.filter(([name]) => name === 'hangLimitInitializer');
  const rest = all.filter(([name]) => name !== 'hangLimitInitializer' && name !== 'hashMemory');
  const last = all.filter(([name]) => name === 'hashMemory');
  let line = 2;
  for (const [name, args, results] of calls([...rest, ...last])) {
    for (const [initializer] of hang) {
      instance.exports[initializer]();
      commands.push({ type: 'action', line: ++line, action: { type: 'invoke', field: initializer, args: [] } });
    }
    const action = { type: 'invoke', field: name, args: args.map(([type, value]) => encode(type, value)) };
    try {
      let values = instance.exports[name](...args.map(([, value]) => value));
      values = results.length === 0 ? [] : results.length === 1 ? [values] : [...values];
      commands.push({ type: 'assert_return', line: ++line, action, expected: values.map((value, i) => encode(results[i], value)) });
    } catch (error) {
      const text = trapText(error);
      if (text === null) return commands;
      commands.push({ type: 'assert_trap', line: ++line, action, text, trace: trapTrace(error) });
    }
  }
  commands.push({
    type: 'assert_return', line: ++line, action: { type: 'invoke', module: '$support', field: 'hash', args: [] },
    expected: [encode('i64', helper.exports.hash())],
  });
  return commands;
}

samples.externref = [null, 1, 2, null, 7, 100, null, 3];
samples.funcref = [null, null, null, null, null, null, null, null];

// All that can be seen of a module: memory and globals.
function observe(name, instance, module, commands) {
  const line = commands.length + 1;
  const hash = { type: 'invoke', module: `$${name}`, field: 'hash', args: [] };
  commands.push({ type: 'assert_return', line, action: hash, expected: [encode('i64', instance.exports.hash())] });
  for (const global of module.globals) {
    const action = { type: 'get', module: `$${name}`, field: global.name };
    const expected = [encode(TYPE_NAMES[global.type], instance.exports[global.name].value)];
    commands.push({ type: 'assert_return', line, action, expected });
  }
}

// False: it ended in a way that depends on the engine (stack, memory).
function callOnce(name, instance, one, round, commands) {
  const line = commands.length + 1;
  const types = one.parameters.map((type) => TYPE_NAMES[type]);
  const values = types.map((type, i) => samples[type][(round * 3 + i + one.name.length) % 8]);
  const action = { type: 'invoke', module: `$${name}`, field: one.name, args: types.map((type, i) => encode(type, values[i])) };
  instance.exports.reset();
  commands.push({ type: 'action', line, action: { type: 'invoke', module: `$${name}`, field: 'reset', args: [] } });
  try {
    let results = instance.exports[one.name](...values);
    results = one.results.length === 0 ? [] : one.results.length === 1 ? [results] : [...results];
    commands.push({ type: 'assert_return', line, action, expected: results.map((value, i) => encode(TYPE_NAMES[one.results[i]], value)) });
  } catch (error) {
    const trap = trapText(error);
    if (trap === null) {
      commands.pop();
      return false;
    }
    commands.push({ type: 'assert_trap', line, action, text: trap === 'undefined element' ? '' : trap, trace: trapTrace(error) });
  }
  return true;
}

function runGroup(group, seed) {
  const commands = [], imports = {}, instances = [];
  for (const module of group) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), imports);
    imports[module.name] = instance.exports;
    instances.push(instance);
    commands.push({ type: 'module', line: 0, filename: `${seed}.${module.name}.wasm`, name: `$${module.name}` },
      { type: 'register', line: 0, as: module.name, name: `$${module.name}` });
  }
  for (let round = 0; round < 4; round++) {
    for (const [i, module] of group.entries()) {
      for (const one of module.functions) {
        if (!callOnce(module.name, instances[i], one, round, commands)) return commands;
        for (const [j, other] of group.entries()) observe(other.name, instances[j], other, commands);
      }
    }
  }
  return commands;
}

function generate(folder, first, count) {
  for (let seed = first; seed < first + count; seed++) {
    const group = makeGroup(seed);
    for (const module of group) writeFileSync(join(folder, `${seed}.${module.name}.wasm`), module.bytes);
    const commands = runGroup(group, seed);
    writeFileSync(join(folder, `${seed}.json`), JSON.stringify({ source_filename: `seed ${seed}`, commands }));
    console.log(group.length);
  }
}

function runGiven(supportPath, paths) {
  const support = new WebAssembly.Module(readFileSync(supportPath));
  for (const path of paths) {
    const commands = runModule(support, path);
    console.log(JSON.stringify(commands === null ? null : { source_filename: basename(path), commands }));
  }
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--generate') generate(rest[0], Number(rest[1]), Number(rest[2]));
else runGiven(first, rest);
