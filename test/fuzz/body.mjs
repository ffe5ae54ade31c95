// SPDX-License-Identifier: MIT
// Function bodies for generate.mjs: expressions and statements by chance, always valid. What they
// are after: operand stacks deeper than any register file, values that wait while locals they came
// from change, branches that carry many values, conditions that meet their user at once, edge
// constants, addresses near every border.
//
// Always holds: expression() leaves one value of its type, statement() nothing; a NaN's bits never
// get to where they could be seen as an integer; each loop takes from a counter of its function, and
// each function that calls takes from the module's fuel, so that all ends.
import * as wasm from './encode.mjs';
import { I32, I64, F32, F64, FUNCREF, EXTERNREF, NUMBERS, leb, signedLeb, isFloat, isReference } from './encode.mjs';

const EDGES = {
  [I32]: [0, 1, -1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 127, 128, 255, 256, -128, -129, 0x7fff, 0x8000, 0xffff,
    0x10000, 0x7fffffff, -0x80000000, 0x7ffffffe, -0x7fffffff, 0x55555555, 10, 100, 1000, 10000, -7],
  [I64]: [0n, 1n, -1n, 2n, 3n, 7n, 31n, 32n, 33n, 63n, 64n, 65n, 127n, 128n, 255n, -128n, 0x7fffffffn, 0x80000000n,
    -0x80000000n, -0x80000001n, 0xffffffffn, 0x100000000n, 0x1ffffffffn, 0x7fffffffffffffffn,
    -0x8000000000000000n, 0x8000000080000000n - (1n << 64n), 10n, 10000n, 0x123456789abcdefn],
  [F32]: [0, -0, 1, -1, 0.5, -1.5, 2147483647, 2147483648, -2147483648, -2147483904, 4294967040, 4294967296, 9223371487098961920,
    9223372036854775808, 18446744073709551616, 1e-45, -1e-40, 3.4e38, Infinity, -Infinity, NaN, 16777217, 0.1],
  [F64]: [0, -0, 1, -1, 0.5, -0.9999999999999999, 2147483647, 2147483647.9, 2147483648, -2147483648.9, -2147483649, 4294967295,
    4294967295.9, 4294967296, 9223372036854774784, 9223372036854775808, -9223372036854775808, -9223372036854777856,
    18446744073709549568, 18446744073709551616, 5e-324, 1.7e308, Infinity, -Infinity, NaN, 0.1, 4503599627370497.5],
};

export class Body {
  constructor(module, random, type, style) {
    Object.assign(this, { module, random, type, style, code: [], labels: [], budget: style.budget });
    this.locals = [...type.parameters];
    for (let i = 0; i < style.locals; i++) this.locals.push(module.randomType(style.references));
    for (const one of NUMBERS) this.locals.push(one);
    this.changeable = this.locals.length;
    this.counter = this.locals.length;
    this.locals.push(I32);
  }

  // The whole body with its declarations, as the code section holds it.
  make() {
    if (this.style.calls) this.takeFuel();
    if (this.style.loops) this.emit(0x41, ...signedLeb(this.random.range(3, 24)), 0x21, ...leb(this.counter));
    this.labels = [{ types: this.type.results, kind: 'function' }];
    for (let i = this.random.range(1, this.style.statements); i > 0; i--) this.statement(4);
    if (!this.style.calls || !this.random.chance(0.6) || !this.tailCall(3)) this.values(this.type.results, 4);
    this.emit(0x0b);
    const declared = this.locals.slice(this.type.parameters.length).map((type) => [1, type]);
    return wasm.concatenate([wasm.vector(declared), this.code]);
  }

  emit(...bytes) { for (const byte of bytes) this.code.push(byte); }

  takeFuel() {
    const fuel = leb(this.module.fuel);
    this.emit(0x23, ...fuel, 0x45, 0x04, 0x40, 0x00, 0x0b); // none left: unreachable
    this.emit(0x23, ...fuel, 0x41, 1, 0x6b, 0x24, ...fuel);
  }

  // With rare calls, hot locals are worth registers that calls destroy.
  mayCall() {
    return this.style.calls && (!this.style.rare || (!this.labels.some((one) => one.kind === 'loop') && this.random.chance(0.5)));
  }

  pickLocal(type) {
    const found = [];
    for (let i = 0; i < this.changeable; i++) if (this.locals[i] === type) found.push(i);
    if (found.length === 0) return null;
    // Mostly the same few, so that they are hot and meet their own older values.
    return this.random.chance(0.6) ? found[this.random.below(Math.min(4, found.length))] : this.random.pick(found);
  }

  constant(type) {
    const { random } = this;
    if (type === FUNCREF && random.chance(0.6)) this.emit(0xd2, ...leb(random.pick(this.module.referable)));
    else if (isReference(type)) this.emit(0xd0, type);
    else if (type === I32) this.emit(0x41, ...signedLeb(random.chance(0.7) ? random.pick(EDGES[I32]) : random.next() | 0));
    else if (type === I64) {
      const wide = BigInt.asIntN(64, BigInt(random.next()) << 32n | BigInt(random.next()));
      this.emit(0x42, ...signedLeb(random.chance(0.7) ? random.pick(EDGES[I64]) : wide));
    } else this.emit(type === F32 ? 0x43 : 0x44, ...wasm.floatBytes(type, random.chance(0.8) ? random.pick(EDGES[type]) : random.next() / 1000 - 2000000));
  }

  leaf(type) {
    const local = this.random.chance(0.75) ? this.pickLocal(type) : null;
    if (local !== null) return this.emit(0x20, ...leb(local));
    const global = this.random.chance(0.3) ? this.module.pickGlobal(type, false, this.random) : null;
    if (global !== null) return this.emit(0x23, ...leb(global));
    return this.constant(type);
  }

  values(types, depth) { for (const type of types) this.expression(type, depth); }

  expression(type, depth) {
    if (--this.budget < 0 || depth <= 0) return this.leaf(type);
    const choices = isReference(type) ? this.referenceChoices() : this.numberChoices(type);
    return this.weighted(choices)(type, depth - 1);
  }

  weighted(choices) {
    let draw = this.random.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, choice] of choices) {
      if ((draw -= weight) < 0) return choice.bind(this);
    }
    return null;
  }

  commonChoices() {
    const { style } = this;
    return [
      [6, this.leaf], [3, this.tee], [2, this.select], [2, this.block], [2, this.conditional], [style.deep, this.deep],
      [style.loops ? 1 : 0, this.loop], [this.mayCall() ? 3 : 0, this.call], [this.mayCall() ? 1 : 0, this.callIndirect],
      [1, this.branchIfValue], [style.early ? 1 : 0, this.early],
    ];
  }

  referenceChoices() { return [...this.commonChoices(), [this.mayCall() ? 2 : 0, this.tableGet]]; }

  numberChoices(type) {
    const mine = [[8, this.binary], [3, this.unary], [4, this.convert], [4, this.load]];
    if (!isFloat(type)) mine.push([2, this.divide], [3, this.shift], [1, this.reinterpret], [1, this.truncate], [2, this.bitTricks]);
    else mine.push([1, this.copysign]);
    if (type === I32) mine.push([6, this.compare], [this.mayCall() ? 1 : 0, this.size], [this.style.references ? 1 : 0, this.isNull]);
    return [...mine, ...this.commonChoices()];
  }

  opcode([first, last]) { return this.random.range(first, last); }

  binary(type, depth) {
    let opcode = this.opcode(wasm.BINARIES[type]);
    if (!isFloat(type) && opcode >= wasm.DIVISIONS[type][0] && opcode <= wasm.DIVISIONS[type][1]) opcode = wasm.ADD[type];
    this.expression(type, depth);
    if (this.random.chance(0.3)) this.constant(type);
    else this.expression(type, depth);
    this.emit(opcode);
  }

  // Neither 0 nor -1: an edge, near a power of two, or anything.
  divisor(type) {
    const { random } = this, width = type === I32 ? 32 : 64;
    const any = BigInt(random.next()) << 32n | BigInt(random.next());
    const near = (1n << BigInt(random.below(width))) * (random.chance(0.5) ? 1n : -1n) + BigInt(random.range(-1, 1));
    const value = BigInt.asIntN(width, random.pick([BigInt(random.pick(EDGES[type])), near, near, any, any >> BigInt(random.below(64))]));
    return value === 0n || value === -1n ? 7n : value;
  }

  divide(type, depth) {
    this.expression(type, depth);
    if (this.random.chance(0.4)) {
      this.emit(type === I32 ? 0x41 : 0x42, ...signedLeb(this.divisor(type)));
    } else {
      this.expression(type, depth);
      if (!this.traps()) this.emit(...(type === I32 ? [0x41, 1] : [0x42, 1]), wasm.OR[type], ...(type === I32 ? [0x41, ...signedLeb(0x7fffffff)] : [0x42, ...signedLeb(0x7fffffffffffffffn)]), wasm.AND[type]);
    }
    this.emit(this.opcode(wasm.DIVISIONS[type]));
  }

  shift(type, depth) {
    this.expression(type, depth);
    if (this.random.chance(0.5)) this.constant(type);
    else this.expression(type, depth);
    this.emit(this.opcode(wasm.SHIFTS[type]));
  }

  // Forms with a shape of their own in a compiler: scaled addition, masks, upper halves.
  bitTricks(type, depth) {
    const number = type === I32 ? 0x41 : 0x42;
    switch (this.random.below(4)) {
      case 0:
        this.expression(type, depth);
        this.expression(type, depth);
        this.emit(number, this.random.below(5), wasm.SHIFTS[type][0], wasm.ADD[type]);
        break;
      case 1:
        this.expression(type, depth);
        this.emit(number, ...signedLeb(this.random.pick(type === I32 ? [255, 65535, 0x7fffffff, -256] : [255n, 65535n, 0xffffffffn, 0x7fffffffn, -0x80000000n])), wasm.AND[type]);
        break;
      case 2:
        this.expression(type, depth);
        if (type === I32) this.emit(this.random.pick([0xac, 0xad]), 0x42, ...signedLeb(this.random.pick(EDGES[I64])), this.random.pick([0x7c, 0x7e, 0x85]), 0xa7);
        else this.emit(0xa7, ...this.random.pick([[], [0xc0], [0xc1], [0x41, 3, 0x74]]), this.random.pick([0xac, 0xad]));
        break;
      default:
        this.expression(type, depth);
        this.emit(type === I32 ? 0x45 : 0x50, ...this.random.pick([[], [0x45], [0x45, 0x45]]));
        if (type === I64) this.emit(this.random.pick([0xac, 0xad]));
    }
  }

  unary(type, depth) {
    this.expression(type, depth);
    this.emit(this.random.pick(wasm.UNARIES[type]));
  }

  convert(type, depth) {
    const [from, bytes] = this.random.pick(wasm.CONVERSIONS[type]);
    this.expression(from, depth);
    this.emit(...bytes);
  }

  truncate(type, depth) {
    const [from, opcode] = this.random.pick(wasm.TRUNCATIONS[type]);
    this.expression(from, depth);
    if (!this.traps()) { // within 0 to a border that all of them take
      this.canonical(from);
      this.emit(...this.float(from, 0.25), wasm.MAXIMUM[from], ...this.float(from, 2147480000), wasm.MINIMUM[from]);
    }
    this.emit(opcode);
  }

  float(type, value) { return [type === F32 ? 0x43 : 0x44, ...wasm.floatBytes(type, value)]; }

  reinterpret(type, depth) {
    const [from, opcode] = wasm.REINTERPRETS[type];
    this.expression(from, depth);
    this.canonical(from);
    this.emit(opcode);
  }

  copysign(type, depth) {
    this.expression(type, depth);
    this.expression(type, depth);
    this.canonical(type);
    this.emit(wasm.COPYSIGN[type]);
  }

  // A NaN at the top becomes another number.
  canonical(type) {
    const scratch = leb(this.changeable - 4 + NUMBERS.indexOf(type));
    this.emit(0x22, ...scratch, ...this.float(type, 1.5), 0x20, ...scratch, 0x20, ...scratch, wasm.EQUAL[type], 0x1b);
  }

  compare(type, depth) {
    const of = this.random.pick(NUMBERS);
    this.expression(of, depth);
    if (this.random.chance(0.25)) this.constant(of);
    else this.expression(of, depth);
    this.emit(this.opcode(wasm.COMPARES[of]));
    for (let i = this.random.pick([0, 0, 0, 1, 2, 3]); i > 0; i--) this.emit(0x45);
  }

  condition(depth) {
    if (this.random.chance(0.6)) return this.compare(I32, depth);
    if (this.random.chance(0.4)) { // has common bits?
      const type = this.random.pick([I32, I64]);
      this.expression(type, depth);
      this.expression(type, depth);
      this.emit(wasm.AND[type]);
      if (type === I64) this.emit(0x50);
      return undefined;
    }
    return this.expression(I32, depth);
  }

  isNull(type, depth) {
    this.expression(this.random.pick([FUNCREF, EXTERNREF]), depth);
    this.emit(0xd1);
  }

  traps() { return this.random.chance(this.style.traps); }

  // Memory 0 mostly.
  pickMemory() {
    const { memories } = this.module;
    return this.random.chance(0.6) ? 0 : this.random.below(memories.length);
  }

  // An address on the stack; returns the bytes that name the memory and the static offset.
  address(depth) {
    const memory = this.pickMemory();
    const offset = this.position(depth, this.module.memories[memory].minimum * 65536);
    const named = memory > 0 || this.random.chance(0.05);
    return [...(named ? [64, ...leb(memory)] : [0]), ...leb(offset)];
  }

  // An index on the stack, within `border` together with the offset that is returned, or a trap.
  position(depth, border) {
    const { random } = this;
    if (this.traps()) {
      switch (random.below(5)) {
        case 4: this.expression(I32, depth); this.emit(0x41, ...signedLeb(0x1ff), 0x71); return random.pick([65527, 65528, 65529, 65536, 0x20000, 0xffff0000]);
        case 0: this.expression(I32, depth); return random.pick([0, 1, 8, 0x7fffffff, 0x80000000, 0xffffffff]);
        case 1: this.emit(0x41, ...signedLeb(border - random.below(12))); return random.below(8);
        case 2: this.emit(0x41, ...signedLeb(-random.range(1, 300))); return random.below(600);
        default: this.expression(I32, depth); this.emit(0x41, ...signedLeb(0xff), 0x71); return random.pick([border - 16, border - 128, 0x7ffffff0, 0xffffff00]);
      }
    }
    if (border > 65536 && random.chance(0.2)) { // offsets about as wide as the guard behind a checked memory
      this.expression(I32, depth);
      this.emit(0x41, ...signedLeb(0x7fff), 0x71);
      return random.range(65520, 65545);
    }
    switch (random.below(6)) {
      case 0: this.emit(0x41, ...signedLeb(random.below(65000))); return random.below(500);
      case 1: // wraps at 32 bits, then is small
        this.expression(I32, depth);
        this.emit(0x41, ...signedLeb(0x3ff8), 0x71);
        this.thereAndBack(random.pick([16, 0x7fffffff, -0x80000000, 65536, 12345]));
        return random.below(30000);
      case 2: // scaled
        this.emit(0x41, ...signedLeb(random.below(30000)));
        this.expression(I32, depth);
        this.emit(0x41, ...signedLeb(0xfff), 0x71, 0x41, random.below(4), 0x74, 0x6a);
        return random.below(1000);
      case 3: // from 64 bits
        this.expression(I64, depth);
        this.emit(0xa7, 0x41, ...signedLeb(0x7fff), 0x71);
        return random.below(32000);
      default:
        this.expression(I32, depth);
        this.emit(0x41, ...signedLeb(random.pick([0x7fff, 0xff, 0x7ff8, 0xfff0 - 0x8000])), 0x71);
        return random.pick([0, 0, 1, 4, 8, 100, 32000]);
    }
  }

  thereAndBack(distance) {
    this.emit(0x41, ...signedLeb(distance), 0x6a, 0x41, ...signedLeb(-distance | 0), 0x6a);
  }

  load(type, depth) {
    const place = this.address(depth);
    this.emit(this.random.pick(wasm.LOADS[type]), ...place);
  }

  store(depth) {
    const type = this.random.pick(NUMBERS);
    const place = this.address(depth);
    if (this.random.chance(0.3) && !isFloat(type)) this.constant(type);
    else this.expression(type, depth);
    if (isFloat(type)) this.canonical(type);
    this.emit(this.random.pick(wasm.STORES[type]), ...place);
  }

  tee(type, depth) {
    this.expression(type, depth);
    const local = this.pickLocal(type);
    if (local !== null) this.emit(0x22, ...leb(local));
  }

  select(type, depth) {
    this.expression(type, depth);
    this.expression(type, depth);
    this.condition(depth);
    if (isReference(type) || this.random.chance(0.3)) this.emit(0x1c, 1, type);
    else this.emit(0x1b);
  }

  // Block types: one result, or a type of the module.
  blockType(parameters, results) {
    if (parameters.length === 0 && results.length === 0) return [0x40];
    if (parameters.length === 0 && results.length === 1) return [results[0]];
    return signedLeb(this.module.typeIndex(parameters, results));
  }

  open(opcode, parameters, results, kind) {
    this.emit(opcode, ...this.blockType(parameters, results));
    this.labels.unshift({ types: kind === 'loop' ? parameters : results, kind, targetable: true });
  }

  close() {
    this.emit(0x0b);
    this.labels.shift();
  }

  fewTypes(most) { return Array.from({ length: this.random.below(most + 1) }, () => this.module.randomType(this.style.references)); }

  // Parameters lie on the stack; leaves the results there.
  inside(parameters, results, depth) {
    let rest = parameters;
    if (String(parameters) === String(results) && this.random.chance(0.3)) return;
    for (let i = this.random.below(3); i > 0; i--) this.statement(depth - 1);
    if (results.length > 0 && rest.length > 0 && this.random.chance(0.5)) {
      this.fold(rest, results[0], depth - 1);
      rest = [];
      this.values(results.slice(1), depth - 1);
      return;
    }
    this.scatter(rest);
    this.values(results, depth - 1);
  }

  // Takes values off the stack into locals, or away.
  scatter(types) {
    for (const type of [...types].reverse()) {
      const local = this.random.chance(0.7) ? this.pickLocal(type) : null;
      if (local !== null) this.emit(0x21, ...leb(local));
      else this.emit(0x1a);
    }
  }

  block(type, depth) {
    const parameters = this.random.chance(0.4) ? this.fewTypes(5) : [];
    const others = this.random.chance(0.3) ? this.fewTypes(6) : [];
    const results = [type, ...others];
    this.values(parameters, depth);
    this.open(0x02, parameters, results, 'block');
    this.inside(parameters, results, depth);
    this.close();
    this.scatter(others);
  }

  conditional(type, depth) {
    const parameters = this.random.chance(0.4) ? this.fewTypes(4) : [];
    const others = this.random.chance(0.3) ? this.fewTypes(5) : [];
    const same = others.length === 0 && this.random.chance(0.2); // no else
    const results = [type, ...others];
    if (same) parameters.splice(0, parameters.length, type);
    this.values(parameters, depth);
    this.condition(depth);
    this.open(0x04, parameters, results, 'if');
    this.inside(parameters, results, depth);
    if (!same) {
      this.emit(0x05);
      this.inside(parameters, results, depth);
    }
    this.close();
    this.scatter(others);
  }

  // Ends after the function's loops went round as often as its counter says.
  loop(type, depth) {
    const parameters = this.random.chance(0.6) ? this.fewTypes(6) : [];
    const counter = leb(this.counter);
    this.values(parameters, depth);
    this.open(0x03, parameters, [type], 'loop');
    if (this.random.chance(0.5)) {
      this.emit(0x20, ...counter, 0x41, 0, 0x4c, 0x04, 0x40);
      this.values(this.type.results, 0);
      this.emit(0x0f, 0x0b, 0x20, ...counter, 0x41, 1, 0x6b, 0x21, ...counter);
      this.inside(parameters, parameters, depth);
      this.condition(depth - 1);
    } else {
      this.labels[0].targetable = false;
      this.inside(parameters, parameters, depth);
      this.emit(0x20, ...counter, 0x41, 1, 0x6b, 0x22, ...counter, 0x41, 0, this.random.pick([0x4a, 0x4e]));
    }
    this.emit(0x0d, 0);
    if (parameters.length > 0) this.fold(parameters, type, depth);
    else this.expression(type, depth);
    this.close();
  }

  // Many values at once, with statements between, then down to one.
  deep(type, depth) {
    const types = [];
    for (let i = this.random.pick([3, 6, 12, 20, 30]); i > 0; i--) {
      const one = this.module.randomType(this.style.references);
      this.expression(one, this.random.chance(0.2) ? depth : 0);
      types.push(one);
      if (this.random.chance(0.12)) this.statement(depth);
      if (types.length > 0 && this.random.chance(0.06)) this.inParameters(types, depth);
    }
    this.results(types, type, depth);
  }

  // The top of the stack goes through a block.
  inParameters(types, depth) {
    const parameters = types.splice(-this.random.range(1, types.length));
    const results = this.fewTypes(6);
    this.open(0x02, parameters, results, 'block');
    this.inside(parameters, results, depth);
    this.close();
    types.push(...results);
  }

  fold(types, type, depth) {
    const rest = [...types];
    while (rest.length > 1) {
      const top = rest.pop(), next = rest[rest.length - 1];
      if (isReference(top) || isReference(next) || this.random.chance(0.2)) this.scatter([top]);
      else {
        this.become(top, next);
        this.emit(this.random.pick(isFloat(next) ? [wasm.ADD[next], wasm.MINIMUM[next]] : [wasm.ADD[next], wasm.ADD[next] + 1, wasm.XOR[next]]));
      }
    }
    this.become(rest[0], type, depth);
  }

  become(from, to, depth) {
    if (from === to) return;
    if (isReference(to)) {
      this.scatter([from]);
      this.leaf(to);
    } else if (isReference(from)) {
      this.emit(0xd1);
      this.become(I32, to);
    } else {
      const [, bytes] = this.random.pick(wasm.CONVERSIONS[to].filter(([source]) => source === from));
      this.emit(...bytes);
    }
  }

  results(types, type, depth) {
    if (types.length > 0) this.fold(types, type, depth);
    else this.expression(type, depth);
  }

  call(type, depth) {
    const [index, callee] = this.module.pickFunction(this.random);
    this.values(callee.parameters, callee.parameters.length > 8 ? Math.min(depth, 1) : depth);
    this.emit(0x10, ...leb(index));
    this.results(callee.results, type, depth);
  }

  callIndirect(type, depth) {
    const { random, module } = this;
    const table = random.pick(module.callTables);
    const place = random.below(table.types.length);
    const callee = table.types[place] ?? random.pick(module.signatures);
    this.values(callee.parameters, callee.parameters.length > 8 ? 0 : depth);
    this.emit(0x41, ...signedLeb(this.traps() ? random.pick([-1, 0, table.types.length, 0x40000000]) : place));
    if (random.chance(0.3)) this.emit(0x41, 0, 0x6a);
    this.emit(0x11, ...leb(module.typeIndex(callee.parameters, callee.results)), ...leb(table.index));
    this.results(callee.results, type, depth);
  }

  size(type, depth) {
    const { random, module } = this;
    const table = random.pick(module.tables);
    switch (random.below(4)) {
      case 0: this.emit(0x3f, ...leb(this.pickMemory())); break;
      case 1: this.expression(I32, depth); this.emit(0x41, 1, 0x71, 0x40, ...leb(this.pickMemory())); break;
      case 2: this.emit(0xfc, 16, ...leb(table.index)); break;
      default:
        this.expression(table.type, depth);
        this.expression(I32, depth);
        this.emit(0x41, 1, 0x71, 0xfc, 15, ...leb(table.index));
    }
  }

  tableIndex(table, depth) {
    this.expression(I32, depth);
    if (!this.traps()) this.emit(0x41, ...signedLeb(table.minimum - 1), 0x71);
  }

  tableGet(type, depth) {
    const table = this.module.tables.find((one) => one.type === type);
    this.tableIndex(table, depth);
    this.emit(0x25, ...leb(table.index));
  }

  // br_if that carries a value which stays when it does not branch.
  branchIfValue(type, depth) {
    const found = this.targets().filter((one) => one.label.types.length === 1 && one.label.types[0] === type);
    this.expression(type, depth);
    if (found.length === 0) return;
    this.condition(depth);
    this.emit(0x0d, ...leb(this.random.pick(found).depth));
  }

  targets() {
    return this.labels.map((label, depth) => ({ label, depth })).filter(({ label }) => label.targetable !== false);
  }

  // Leaves by one way or another; what follows is dead.
  early(type, depth) {
    this.condition(depth);
    this.emit(0x04, type);
    this.labels.unshift({ types: [type], kind: 'if' });
    this.leave(depth);
    if (this.random.chance(0.4)) this.expression(type, depth);
    this.emit(0x05);
    this.expression(type, depth);
    this.close();
  }

  // A call in place of a return, when there is what has the same results. Only where fuel is taken.
  tailCall(depth) {
    const { random, module } = this;
    const few = (callee) => this.values(callee.parameters, callee.parameters.length > 8 ? Math.min(depth, 1) : depth);
    if (random.chance(0.6)) {
      const index = module.pickCallee(this.type.results, random);
      if (index === null) return false;
      few(module.functions[index].type);
      this.emit(0x12, ...leb(index));
      return true;
    }
    const places = module.callTables.flatMap((table) => table.types.map((type, place) => ({ table, type, place })))
      .filter(({ type }) => String(type.results) === String(this.type.results));
    if (places.length === 0) return false;
    const { table, type, place } = random.pick(places);
    few(type);
    this.emit(0x41, ...signedLeb(this.traps() ? random.pick([-1, 0, table.types.length, 0x40000000]) : place));
    this.emit(0x13, ...leb(module.typeIndex(type.parameters, type.results)), ...leb(table.index));
    return true;
  }

  leave(depth) {
    const { random } = this;
    if (this.style.calls && random.chance(0.3) && this.tailCall(depth)) return undefined;
    const { label, depth: target } = random.pick(this.targets());
    if (this.traps()) return this.emit(0x00);
    for (const one of this.fewTypes(2)) this.expression(one, 0);
    this.values(label.types, depth);
    if (random.chance(0.4)) return this.emit(0x0c, ...leb(target));
    if (label.kind === 'function' && random.chance(0.5)) return this.emit(0x0f);
    const same = this.targets().filter((one) => String(one.label.types) === String(label.types)).map((one) => one.depth);
    this.expression(I32, depth);
    if (random.chance(0.8)) this.emit(0x41, ...signedLeb(7), 0x71);
    const entries = Array.from({ length: random.below(random.chance(0.1) ? 200 : 9) }, () => leb(random.pick(same)));
    return this.emit(0x0e, ...wasm.vector(entries), ...leb(random.pick(same)));
  }

  statement(depth) {
    if (--this.budget < 0) return undefined;
    const { style } = this;
    return this.weighted([
      [8, this.setLocal], [4, this.setGlobal], [7, this.store], [2, this.discard], [3, this.conditionalStatement],
      [4, this.branchIf], [style.loops ? 2 : 0, this.loopStatement], [this.mayCall() ? 2 : 0, this.bulk],
      [this.mayCall() ? 2 : 0, this.tableStatement], [1, this.bulkLeaf], [this.mayCall() ? 2 : 0, this.callStatement],
    ])(depth - 1);
  }

  setLocal(depth) {
    const type = this.random.pick(this.locals);
    const local = this.pickLocal(type);
    if (local === null) return;
    this.expression(type, depth);
    this.emit(0x21, ...leb(local));
  }

  setGlobal(depth) {
    const type = this.module.randomType(this.style.references);
    const global = this.module.pickGlobal(type, true, this.random);
    if (global === null) return;
    this.expression(type, depth);
    this.emit(0x24, ...leb(global));
  }

  discard(depth) {
    this.expression(this.module.randomType(this.style.references), depth);
    this.emit(0x1a);
  }

  callStatement(depth) {
    const [index, callee] = this.module.pickFunction(this.random);
    this.values(callee.parameters, callee.parameters.length > 8 ? 0 : depth);
    this.emit(0x10, ...leb(index));
    this.scatter(callee.results);
  }

  conditionalStatement(depth) {
    this.condition(depth);
    this.open(0x04, [], [], 'if');
    this.statement(depth);
    if (this.random.chance(0.3)) this.leave(depth);
    if (this.random.chance(0.5)) {
      this.emit(0x05);
      this.statement(depth);
    }
    this.close();
  }

  loopStatement(depth) {
    const type = this.random.pick(NUMBERS);
    this.loop(type, depth);
    this.emit(0x1a);
  }

  branchIf(depth) {
    const { label, depth: target } = this.random.pick(this.targets());
    this.values(label.types, depth);
    this.condition(depth);
    this.emit(0x0d, ...leb(target));
    this.scatter(label.types);
  }

  small(depth, mask) {
    this.expression(I32, depth);
    if (!this.traps()) this.emit(0x41, ...signedLeb(mask), 0x71);
  }

  bulkLeaf(depth) {
    this.small(depth, 0x7fff);
    this.small(depth, this.random.chance(0.5) ? 0x7fff : 0xff);
    this.small(depth, this.random.pick([0, 7, 0xff, 0xfff]));
    if (this.random.chance(0.6)) this.emit(0xfc, 10, ...leb(this.pickMemory()), ...leb(this.pickMemory()));
    else this.emit(0xfc, 11, ...leb(this.pickMemory()));
  }

  bulk(depth) {
    const segment = this.random.below(this.module.data.length);
    if (this.random.chance(0.05)) return this.emit(0xfc, 9, ...leb(segment));
    this.small(depth, 0x7fff);
    this.small(depth, 7);
    this.small(depth, 3);
    return this.emit(0xfc, 8, ...leb(segment), ...leb(this.pickMemory()));
  }

  tableStatement(depth) {
    const { random, module } = this;
    const tables = module.tables.filter((one) => one.changeable);
    const table = random.pick(tables);
    switch (random.below(4)) {
      case 0:
        this.tableIndex(table, depth);
        this.expression(table.type, depth);
        return this.emit(0x26, ...leb(table.index));
      case 1:
        this.tableIndex(table, depth);
        this.expression(table.type, depth);
        this.small(depth, 1);
        return this.emit(0xfc, 17, ...leb(table.index));
      case 2: {
        const from = random.pick(module.tables.filter((one) => one.type === table.type));
        this.tableIndex(table, depth);
        this.tableIndex(from, depth);
        this.small(depth, 1);
        return this.emit(0xfc, 14, ...leb(table.index), ...leb(from.index));
      }
      default: {
        const segment = module.elements.findIndex((one) => one.passive && one.type === table.type);
        if (segment < 0) return undefined;
        if (random.chance(0.05)) return this.emit(0xfc, 13, ...leb(segment));
        this.tableIndex(table, depth);
        this.small(depth, 1);
        this.small(depth, 1);
        return this.emit(0xfc, 12, ...leb(segment), ...leb(table.index));
      }
    }
  }
}
