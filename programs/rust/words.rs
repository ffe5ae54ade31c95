// SPDX-License-Identifier: MIT
//! Counts the words of standard input and prints the most frequent: a Rust program with its standard
//! library, on nothing but WASI. The first argument says how many.

use std::collections::HashMap;
use std::io::{self, Read};

fn main() -> io::Result<()> {
    let most = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(10);
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let mut counts: HashMap<String, usize> = HashMap::new();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    for word in words {
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    println!("{} different words", sorted.len());
    for (word, count) in sorted.into_iter().take(most) {
        println!("{count:6} {word}");
    }
    Ok(())
}
