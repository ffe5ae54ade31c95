// SPDX-License-Identifier: MIT
// What AssemblyScript asks of an engine: its own allocator and collector, classes, closures-free
// functions through the table, typed arrays, strings in UTF-16. Arguments are printed.

abstract class Node {
  abstract value(): f64;
}

class Leaf extends Node {
  constructor(private number: f64) {
    super();
  }
  value(): f64 {
    return this.number;
  }
}

class Sum extends Node {
  constructor(private left: Node, private right: Node) {
    super();
  }
  value(): f64 {
    return this.left.value() + this.right.value();
  }
}

function tree(depth: i32, seed: f64): Node {
  if (depth == 0) return new Leaf(seed);
  return new Sum(tree(depth - 1, seed * 0.5), tree(depth - 1, seed * 0.25));
}

function life(size: i32, generations: i32): i32 {
  let cells = new Uint8Array(size * size);
  let state: u32 = 2463534242;
  for (let i = 0; i < cells.length; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    cells[i] = <u8>(state & 1);
  }
  for (let g = 0; g < generations; g++) {
    const next = new Uint8Array(size * size);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        let near = 0;
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            near += cells[((y + dy + size) % size) * size + ((x + dx + size) % size)];
          }
        }
        const alive = cells[y * size + x];
        next[y * size + x] = near == 3 || (alive && near == 4) ? 1 : 0;
      }
    }
    cells = next;
  }
  let count = 0;
  for (let i = 0; i < cells.length; i++) count += cells[i];
  return count;
}

const numbers = new Map<string, i64>();
for (let i = 0; i < 2000; i++) numbers.set("key " + (i * 7919 % 2000).toString(), i);
let sum: i64 = 0;
const keys = numbers.keys();
keys.sort((a: string, b: string): i32 => (a < b ? -1 : a > b ? 1 : 0));
for (let i = 0; i < keys.length; i++) sum = sum * 31 + numbers.get(keys[i]);

console.log("arguments: " + process.argv.slice(1).join(", "));
console.log("tree: " + tree(14, 1.0).value().toString());
console.log("life: " + life(64, 40).toString());
console.log("keys: " + keys[0] + " .. " + keys[keys.length - 1] + ", " + sum.toString());
for (let round = 0; round < 50; round++) tree(10, <f64>round); // for the collector
process.exit(5);
