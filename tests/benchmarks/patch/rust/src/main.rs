// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The crate json-patch, measured as README.md beside this folder says.

use serde_json::Value;
use std::hint::black_box;
use std::time::Instant;

/// The best time of a call in µs, over batches of at least 20 ms.
fn best<R>(mut call: impl FnMut() -> R) -> f64 {
    let mut repeat = 1u32;
    let mut best = f64::MAX;
    let started = Instant::now();
    let mut batches = 0;
    while batches < 5 && (batches == 0 || started.elapsed().as_secs() < 20) {
        let start = Instant::now();
        for _ in 0..repeat {
            black_box(call());
        }
        let took = start.elapsed().as_secs_f64();
        if took < 0.02 {
            repeat = repeat.saturating_mul(if took < 0.002 { 10 } else { 2 });
            continue;
        }
        best = best.min(took * 1e6 / f64::from(repeat));
        batches += 1;
    }
    best
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let read = |which| std::fs::read_to_string(format!("{}/{}.{}.json", arguments[1], arguments[2], which)).unwrap();
    let (old_text, new_text) = (read("old"), read("new"));
    let old: Value = serde_json::from_str(&old_text).unwrap();
    let new: Value = serde_json::from_str(&new_text).unwrap();

    let patch = json_patch::diff(&old, &new);
    let text = serde_json::to_string(&patch).unwrap();
    let mut applied = old.clone();
    json_patch::patch(&mut applied, &patch).unwrap();
    let diff = best(|| serde_json::to_string(&json_patch::diff(black_box(&old), black_box(&new))).unwrap());
    // Applying changes the document, so each turn begins with a copy whose time is taken off.
    let copy = best(|| old.clone());
    let apply = best(|| {
        let mut document = old.clone();
        json_patch::patch(&mut document, &patch).unwrap();
        document
    }) - copy;
    println!("diff\t{:.4}\t{}\t{}\t{:.4}\t{}", diff, text.len(), patch.0.len(), apply.max(0.0), applied == new);

    let whole = best(|| {
        let old: Value = serde_json::from_str(black_box(&old_text)).unwrap();
        let new: Value = serde_json::from_str(black_box(&new_text)).unwrap();
        serde_json::to_string(&json_patch::diff(&old, &new)).unwrap()
    });
    println!("text to text\t{:.4}\t{}\t{}\t0\t{}", whole, text.len(), patch.0.len(), applied == new);

    let parse = best(|| serde_json::from_str::<Value>(black_box(&old_text)).unwrap());
    println!("parse\t{:.4}\t{}\t0\t0\ttrue", parse, old_text.len());
    let print = best(|| serde_json::to_string(black_box(&old)).unwrap());
    println!("print\t{:.4}\t{}\t0\t0\ttrue", print, old_text.len());

    if old.get("value").is_some() {
        let frame = format!("{{\"name\":\"counter\",\"patch\":{}}}", text);
        let mut document = old.clone();
        let take = best(|| {
            let frame: Value = serde_json::from_str(black_box(&frame)).unwrap();
            let patch: json_patch::Patch = serde_json::from_value(frame["patch"].clone()).unwrap();
            json_patch::patch(&mut document, &patch).unwrap();
        });
        println!("frame\t{:.4}\t{}\t1\t0\ttrue", take, frame.len());
        let mut a = serde_json::json!({"value": 0.5});
        let b = serde_json::json!({"value": 123.456});
        let double = best(|| serde_json::to_string(&json_patch::diff(black_box(&a), black_box(&b))).unwrap());
        a["value"] = Value::from(1);
        println!("write int\t{:.4}\t0\t1\t0\ttrue", diff);
        println!("write double\t{:.4}\t0\t1\t0\ttrue", double);
    }
}
