// SPDX-License-Identifier: MIT
// The binary format's small things: numbers, vectors, sections; types and the opcodes by what they
// take; and a source of chance whose every draw follows from its seed.

export const I32 = 0x7f, I64 = 0x7e, F32 = 0x7d, F64 = 0x7c, FUNCREF = 0x70, EXTERNREF = 0x6f;
export const NUMBERS = [I32, I64, F32, F64];
export const TYPE_NAMES = {
  [I32]: 'i32', [I64]: 'i64', [F32]: 'f32', [F64]: 'f64', [FUNCREF]: 'funcref', [EXTERNREF]: 'externref',
};

export function isFloat(type) { return type === F32 || type === F64; }
export function isReference(type) { return type === FUNCREF || type === EXTERNREF; }

export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
    this.next();
    this.next();
  }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let word = this.state;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (word ^ (word >>> 14)) >>> 0;
  }

  below(count) { return this.next() % count; }
  range(least, most) { return least + this.below(most - least + 1); }
  chance(share) { return this.next() < share * 4294967296; }
  pick(list) { return list[this.below(list.length)]; }
}

export function leb(value) {
  const bytes = [];
  let rest = BigInt(value);
  do {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest ? byte | 0x80 : byte);
  } while (rest);
  return bytes;
}

export function signedLeb(value) {
  const bytes = [];
  let rest = BigInt(value);
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && !(byte & 0x40)) || (rest === -1n && byte & 0x40)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

export function floatBytes(type, value) {
  const view = new DataView(new ArrayBuffer(8));
  if (type === F32) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return [...new Uint8Array(view.buffer, 0, type === F32 ? 4 : 8)];
}

export function vector(items) { return [...leb(items.length), ...items.flat()]; }
export function text(string) { return vector([...Buffer.from(string)].map((byte) => [byte])); }

export function section(id, bytes) {
  return bytes.length === 0 ? [] : concatenate([[id, ...leb(bytes.length)], bytes]);
}

// Spreading a large array would overflow the stack.
export function concatenate(parts) {
  const whole = [];
  for (const part of parts) for (const byte of part) whole.push(byte);
  return whole;
}

// [first, last] opcode of each kind.
export const COMPARES = { [I32]: [0x46, 0x4f], [I64]: [0x51, 0x5a], [F32]: [0x5b, 0x60], [F64]: [0x61, 0x66] };
export const BINARIES = { [I32]: [0x6a, 0x78], [I64]: [0x7c, 0x8a], [F32]: [0x92, 0x97], [F64]: [0xa0, 0xa5] };
export const COPYSIGN = { [F32]: 0x98, [F64]: 0xa6 };
export const DIVISIONS = { [I32]: [0x6d, 0x70], [I64]: [0x7f, 0x82] };
export const SHIFTS = { [I32]: [0x74, 0x78], [I64]: [0x86, 0x8a] };
export const ADD = { [I32]: 0x6a, [I64]: 0x7c, [F32]: 0x92, [F64]: 0xa0 };
export const AND = { [I32]: 0x71, [I64]: 0x83 };
export const OR = { [I32]: 0x72, [I64]: 0x84 };
export const XOR = { [I32]: 0x73, [I64]: 0x85 };
export const EQUAL = { [I32]: 0x46, [I64]: 0x51, [F32]: 0x5b, [F64]: 0x61 };
export const MINIMUM = { [F32]: 0x96, [F64]: 0xa4 };
export const MAXIMUM = { [F32]: 0x97, [F64]: 0xa5 };
export const UNARIES = {
  [I32]: [0x67, 0x68, 0x69, 0xc0, 0xc1], [I64]: [0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4],
  [F32]: [0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91], [F64]: [0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f],
};
export const LOADS = {
  [I32]: [0x28, 0x28, 0x2c, 0x2d, 0x2e, 0x2f], [I64]: [0x29, 0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35],
  [F32]: [0x2a], [F64]: [0x2b],
};
export const STORES = { [I32]: [0x36, 0x36, 0x3a, 0x3b], [I64]: [0x37, 0x37, 0x3c, 0x3d, 0x3e], [F32]: [0x38], [F64]: [0x39] };

// Conversions by result: [source, opcode bytes]. Reinterpretations of floats stand apart: a NaN's
// bits would show.
export const CONVERSIONS = {
  [I32]: [[I64, [0xa7]], [I64, [0xa7]], [F32, [0xfc, 0]], [F32, [0xfc, 1]], [F64, [0xfc, 2]], [F64, [0xfc, 3]]],
  [I64]: [[I32, [0xac]], [I32, [0xad]], [I32, [0xad]], [F32, [0xfc, 4]], [F32, [0xfc, 5]], [F64, [0xfc, 6]], [F64, [0xfc, 7]]],
  [F32]: [[I32, [0xb2]], [I32, [0xb3]], [I64, [0xb4]], [I64, [0xb5]], [F64, [0xb6]], [I32, [0xbe]]],
  [F64]: [[I32, [0xb7]], [I32, [0xb8]], [I64, [0xb9]], [I64, [0xba]], [F32, [0xbb]], [I64, [0xbf]]],
};
export const REINTERPRETS = { [I32]: [F32, 0xbc], [I64]: [F64, 0xbd] };
export const TRUNCATIONS = {
  [I32]: [[F32, 0xa8], [F32, 0xa9], [F64, 0xaa], [F64, 0xab]],
  [I64]: [[F32, 0xae], [F32, 0xaf], [F64, 0xb0], [F64, 0xb1]],
};
