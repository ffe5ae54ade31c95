// SPDX-License-Identifier: MIT
// Makes valid modules for what compilers get wrong: one seed, one group of one or two modules, the
// second of which imports memory, tables, globals and functions of the first. body.mjs makes what is
// in the functions. Each module exports all its functions and changeable globals, `hash` over its
// memory and `reset`, which gives it fuel again.
import * as wasm from './encode.mjs';
import { I32, I64, F32, F64, FUNCREF, EXTERNREF, NUMBERS, Random, leb, signedLeb, vector, text, section } from './encode.mjs';
import { Body } from './body.mjs';

const FUEL = 100;
const PAGE = 65536;

class Module {
  constructor(random, name, imported) {
    Object.assign(this, { random, name, imported, types: [], typeNumbers: new Map(), signatures: [], functions: [],
      globals: [], tables: [], elements: [], exports: [], imports: [] });
    this.makeSignatures();
    this.makeMemories();
    this.makeGlobals();
    this.makeTables();
    this.makeFunctions();
    this.makeElements();
    this.data = Array.from({ length: 3 }, (_, i) => ({ passive: i > 0, memory: random.below(this.memories.length), bytes: Array.from({ length: random.range(4, 60) }, () => random.below(256)) }));
  }

  randomType(references) {
    const draw = this.random.below(references ? 24 : 20);
    return draw < 8 ? I32 : draw < 13 ? I64 : draw < 16 ? F32 : draw < 20 ? F64 : draw < 22 ? FUNCREF : EXTERNREF;
  }

  typeIndex(parameters, results) {
    const key = `${parameters}>${results}`;
    if (!this.typeNumbers.has(key)) {
      this.typeNumbers.set(key, this.types.length);
      this.types.push([0x60, ...vector(parameters.map((type) => [type])), ...vector(results.map((type) => [type]))]);
    }
    return this.typeNumbers.get(key);
  }

  makeSignatures() {
    const { random } = this;
    const some = (count, references) => Array.from({ length: count }, () => this.randomType(references));
    for (let i = random.range(3, 6); i > 0; i--) {
      const parameters = some(random.chance(0.15) ? random.range(10, random.chance(0.2) ? 150 : 40) : random.below(7), random.chance(0.3));
      // The same results let one end in a tail call to the other.
      const again = this.signatures.length > 0 && random.chance(0.6);
      const results = again ? random.pick(this.signatures).results
        : some(random.chance(0.1) ? random.range(4, 20) : random.pick([0, 1, 1, 1, 2, 3]), random.chance(0.3));
      this.signatures.push({ parameters, results });
    }
  }

  addImport(kind, name, description) { this.imports.push([...text(this.imported.name), ...text(name), kind, ...description]); }

  limits(one) { return one.maximum === undefined ? [0, ...leb(one.minimum)] : [1, ...leb(one.minimum), ...leb(one.maximum)]; }

  makeMemories() {
    const { random, imported } = this;
    this.memories = [];
    for (const [i, memory] of (imported?.memories ?? []).entries()) {
      if (random.chance(0.4)) continue;
      this.memories.push({ ...memory, imported: true });
      this.addImport(2, `memory${i}`, this.limits(memory));
    }
    for (let i = random.pick([0, 0, 1, 2]) + (this.memories.length === 0 ? 1 : 0); i > 0; i--) {
      const minimum = random.range(1, 2);
      this.memories.push({ minimum, maximum: random.chance(0.8) ? minimum + random.below(3) : 5 });
    }
    for (const i of this.memories.keys()) this.exports.push([`memory${i}`, 2, i]);
  }

  makeGlobals() {
    const { random, imported } = this;
    for (const [i, global] of (imported?.globals ?? []).entries()) {
      if (!global.exported || global.fuel || random.chance(0.5)) continue;
      this.globals.push({ ...global, imported: true, exported: false });
      this.addImport(3, `global${i}`, [global.type, global.changeable ? 1 : 0]);
    }
    this.fuel = this.globals.length;
    this.globals.push({ type: I32, changeable: true, fuel: true, start: [0x41, 0] });
    for (const type of [...NUMBERS, ...NUMBERS, I32, FUNCREF, EXTERNREF, I32, I64]) {
      const start = { [I32]: [0x41, ...signedLeb(random.next() | 0)], [I64]: [0x42, ...signedLeb(BigInt(random.next()) * -3n)],
        [F32]: [0x43, ...wasm.floatBytes(F32, random.below(1000) / 8)], [F64]: [0x44, ...wasm.floatBytes(F64, random.next() / 8)],
        [FUNCREF]: [0xd0, FUNCREF], [EXTERNREF]: [0xd0, EXTERNREF] }[type];
      const extended = (type === I32 || type === I64) && random.chance(0.6);
      this.globals.push({ type, changeable: random.chance(0.7), exported: !wasm.isReference(type),
        start: extended ? this.constantExpression(type, 4) : start });
    }
    for (const [i, global] of this.globals.entries()) if (global.exported) this.exports.push([`global${i}`, 3, i]);
  }

  // Arithmetic over constants and the immutable globals so far.
  constantExpression(type, depth) {
    const { random } = this;
    if (depth > 0 && random.chance(0.7)) {
      const operation = (type === I32 ? 0x6a : 0x7c) + random.below(3);
      return [...this.constantExpression(type, depth - 1), ...this.constantExpression(type, depth - 1), operation];
    }
    const global = this.pickGlobal(type, false, random);
    if (global !== null && !this.globals[global].changeable) return [0x23, ...leb(global)];
    return type === I32 ? [0x41, ...signedLeb(random.next() | 0)] : [0x42, ...signedLeb(BigInt(random.next()) * 5n)];
  }

  // `value`, by way of some other number.
  constantOf(value) {
    const { random } = this, other = random.next() | 0;
    return random.pick([[0x41, ...signedLeb(value)], [0x41, ...signedLeb(other), 0x41, ...signedLeb(value - other | 0), 0x6a],
      [0x41, ...signedLeb(other), 0x41, ...signedLeb(other - value | 0), 0x6b]]);
  }

  pickGlobal(type, changeable, random) {
    const found = this.globals.map((global, index) => ({ ...global, index }))
      .filter((one) => one.type === type && !one.fuel && (one.changeable || !changeable));
    return found.length ? random.pick(found).index : null;
  }

  makeTables() {
    const { random, imported } = this;
    if (imported && random.chance(0.7)) {
      for (const table of imported.tables.slice(0, 2)) {
        this.tables.push({ ...table, imported: true, index: this.tables.length });
        this.addImport(1, `table${table.index}`, [table.type, ...this.limits(table)]);
      }
    }
    const add = (type, minimum, maximum, changeable) => this.tables.push({ type, minimum, maximum, changeable, index: this.tables.length, types: [] });
    add(FUNCREF, 8, random.chance(0.5) ? 8 : undefined, false); // may be laid out within the instance
    add(FUNCREF, 8, 20, true);
    add(EXTERNREF, 4, random.chance(0.5) ? 9 : undefined, true);
    for (const table of this.tables) {
      if (!this.imported || random.chance(0.5)) this.exports.push([`table${table.index}`, 1, table.index]);
    }
    this.callTables = this.tables.filter((one) => one.type === FUNCREF && one.types);
  }

  makeFunctions() {
    const { random, imported } = this;
    for (const one of imported?.functions ?? []) {
      if (one.imported || random.chance(0.4)) continue;
      this.functions.push({ type: one.type, imported: true });
      this.addImport(0, one.name, leb(this.typeIndex(one.type.parameters, one.type.results)));
    }
    this.first = this.functions.length;
    for (let i = random.range(3, 9); i > 0; i--) {
      const type = random.pick(this.signatures);
      this.functions.push({ type, name: `f${this.functions.length}` });
    }
    for (const [i, one] of this.functions.entries()) {
      one.name ??= `again${i}`;
      this.exports.push([one.name, 0, i]);
    }
    this.referable = this.functions.map((_, i) => i);
  }

  // Mostly imported ones and those behind the function in work, so that many calls come back before
  // the fuel is spent.
  ending(random) {
    const all = this.functions.map((_, i) => i);
    const found = all.filter((i) => i < this.first || i > this.current);
    return random.chance(0.75) && found.length > 0 ? found : all;
  }

  pickFunction(random) {
    const index = random.pick(this.ending(random));
    return [index, this.functions[index].type];
  }

  // With these results; of two the one with more parameters.
  pickCallee(results, random) {
    const found = this.ending(random).filter((i) => String(this.functions[i].type.results) === String(results));
    if (found.length === 0) return null;
    const imported = found.filter((i) => i < this.first);
    const among = imported.length > 0 && random.chance(0.5) ? imported : found;
    const [one, other] = [random.pick(among), random.pick(among)];
    const width = (i) => this.functions[i].type.parameters.length;
    return width(other) > width(one) ? other : one;
  }

  makeElements() {
    const { random } = this;
    for (const table of this.tables.filter((one) => one.type === FUNCREF && !one.imported)) {
      const functions = Array.from({ length: table.minimum - 1 }, () => random.below(this.functions.length));
      this.elements.push({ table: table.index, functions });
      table.types = functions.map((index) => this.functions[index].type);
    }
    this.elements.push({ passive: true, type: FUNCREF, functions: Array.from({ length: 4 }, () => random.below(this.functions.length)) });
  }

  elementBytes(one) {
    const functions = vector(one.functions.map((index) => leb(index)));
    return one.passive ? [1, 0, ...functions] : [2, ...leb(one.table), ...this.constantOf(0), 0x0b, 0, ...functions];
  }

  style() {
    const { random } = this;
    const big = random.chance(0.08);
    return { budget: random.pick(big ? [800, 2000] : [20, 80, 200, 400]), locals: big || random.chance(0.05) ? random.range(100, 400) : random.pick([0, 2, 6, 15, 30]),
      statements: random.pick(big ? [40] : [2, 5, 12]), calls: random.chance(0.7), rare: random.chance(0.4), loops: random.chance(0.65), deep: random.pick([0, 1, 3]),
      early: random.chance(0.5), references: random.chance(0.4), traps: random.pick([0, 0, 0, 0.01, 0.1]) };
  }

  // reset: gives fuel. hash: over the memories, in words of 64 bits.
  helpers() {
    const fuel = leb(this.fuel);
    const reset = [0, 0x41, ...signedLeb(FUEL), 0x24, ...fuel, 0x0b];
    const loops = this.memories.map((_, i) => [0x41, 0, 0x21, 0, 0x03, 0x40,
      0x20, 1, 0x42, 5, 0x89, 0x20, 0, 0x29, 67, i, 0, 0x85, 0x42, ...signedLeb(0x1e3779b97f4a7c15n), 0x7e, 0x21, 1,
      0x20, 0, 0x41, 8, 0x6a, 0x22, 0, 0x3f, i, 0x41, 16, 0x74, 0x49, 0x0d, 0, 0x0b]);
    const hash = [2, 1, I32, 1, I64, ...loops.flat(), 0x20, 1, 0x0b];
    return [{ name: 'reset', type: { parameters: [], results: [] }, code: reset }, { name: 'hash', type: { parameters: [], results: [I64] }, code: hash }];
  }

  // Bodies come first: they ask for types.
  bytes() {
    const defined = this.functions.slice(this.first);
    const bodies = defined.map(({ type }, i) => {
      this.current = this.first + i;
      return new Body(this, this.random, type, this.style()).make();
    });
    const helpers = this.helpers();
    const declared = [...defined, ...helpers].map(({ type }) => leb(this.typeIndex(type.parameters, type.results)));
    const exported = [...this.exports, ...helpers.map(({ name }, i) => [name, 0, this.functions.length + i])];
    const code = [...bodies, ...helpers.map((one) => one.code)];
    const codes = wasm.concatenate([leb(code.length), ...code.map((one) => wasm.concatenate([leb(one.length), one]))]);
    const own = (list) => list.filter((one) => !one.imported);
    return Uint8Array.from(wasm.concatenate([
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, vector(this.types)),
      section(2, vector(this.imports)),
      section(3, vector(declared)),
      section(4, vector(own(this.tables).map((one) => [one.type, ...this.limits(one)]))),
      own(this.memories).length === 0 ? [] : section(5, vector(own(this.memories).map((one) => this.limits(one)))),
      section(6, vector(own(this.globals).map((one) => [one.type, one.changeable ? 1 : 0, ...one.start, 0x0b]))),
      section(7, vector(exported.map(([name, kind, index]) => [...text(name), kind, ...leb(index)]))),
      section(9, vector(this.elements.map((one) => this.elementBytes(one)))),
      section(12, leb(this.data.length)),
      section(10, codes),
      section(11, vector(this.data.map((one) => [...(one.passive ? [1] : [...(one.memory ? [2, one.memory] : [0]), ...this.constantOf(16), 0x0b]), ...leb(one.bytes.length), ...one.bytes]))),
    ]));
  }
}

// The group of this seed, in the order of instantiation: name, bytes, and what can be called or read.
export function makeGroup(seed) {
  const random = new Random(seed * 2654435761);
  const modules = [new Module(random, 'first', null)];
  if (random.chance(0.5)) modules.push(new Module(random, 'second', modules[0]));
  return modules.map((module) => ({
    name: module.name,
    bytes: module.bytes(),
    functions: module.functions.map(({ name, type }) => ({ name, ...type })),
    globals: module.globals.map((global, i) => ({ name: `global${i}`, ...global })).filter((one) => one.exported),
  }));
}
