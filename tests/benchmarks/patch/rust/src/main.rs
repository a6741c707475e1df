// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The crate json-patch, measured as README.md beside this folder says.

use serde_json::Value;
use std::hint::black_box;
use std::time::Instant;

const BATCH: f64 = 0.002;
const TOTAL: f64 = 0.3;
const MOST: f64 = 5.0;

/// The best time of a call in µs.
fn best<R>(mut call: impl FnMut() -> R) -> f64 {
    let mut repeat = 1u32;
    let mut least = f64::MAX;
    let started = Instant::now();
    while started.elapsed().as_secs_f64() < TOTAL || (least == f64::MAX && started.elapsed().as_secs_f64() < MOST) {
        let start = Instant::now();
        for _ in 0..repeat {
            black_box(call());
        }
        let took = start.elapsed().as_secs_f64();
        if took < BATCH {
            repeat = repeat.saturating_mul(if took < BATCH / 10.0 { 10 } else { 2 });
        } else {
            least = least.min(took * 1e6 / f64::from(repeat));
        }
    }
    least
}

/// The best time of applying in µs: each turn has a document of its own, made before the clock starts.
fn best_apply(old: &Value, patch: &json_patch::Patch, bytes: usize) -> f64 {
    let count = (65_536 / (2 * bytes + 64)).clamp(1, 4096);
    let mut least = f64::MAX;
    let started = Instant::now();
    while started.elapsed().as_secs_f64() < 3.0 * TOTAL {
        let mut documents: Vec<Value> = (0..count).map(|_| old.clone()).collect();
        let start = Instant::now();
        for document in &mut documents {
            json_patch::patch(document, patch).unwrap();
        }
        least = least.min(start.elapsed().as_secs_f64() * 1e6 / count as f64);
        black_box(documents);
    }
    least
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Mallinfo2([usize; 10]);

extern "C" {
    fn mallinfo2() -> Mallinfo2;
}

/// The bytes that the allocator of the C library, which is the system's, has given out.
fn allocated() -> usize {
    let info = unsafe { mallinfo2() };
    info.0[7] + info.0[4]
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let read = |which| std::fs::read_to_string(format!("{}/{}.{}.json", arguments[1], arguments[2], which)).unwrap();
    let (old_text, new_text) = (read("old"), read("new"));
    let count = (1_000_000 / old_text.len()).clamp(1, 10000);
    let mut documents = Vec::with_capacity(count);
    let before = allocated();
    for _ in 0..count {
        documents.push(serde_json::from_str::<Value>(&old_text).unwrap());
    }
    let memory = (allocated() - before) as f64 / count as f64 / old_text.len() as f64;
    println!("memory\t{:.4}\t0\t0\t0\ttrue", memory);
    let old = documents.swap_remove(0);
    drop(documents);
    let new: Value = serde_json::from_str(&new_text).unwrap();

    let patch = json_patch::diff(&old, &new);
    let text = serde_json::to_string(&patch).unwrap();
    let mut applied = old.clone();
    json_patch::patch(&mut applied, &patch).unwrap();
    let diff = best(|| serde_json::to_string(&json_patch::diff(black_box(&old), black_box(&new))).unwrap());
    let alone = best(|| json_patch::diff(black_box(&old), black_box(&new)));
    let apply = best_apply(&old, &patch, old_text.len());
    println!("diff\t{:.4}\t{}\t{}\t{:.4}\t{}", diff, text.len(), patch.0.len(), apply, applied == new);
    println!("diff alone\t{:.4}\t0\t0\t0\ttrue", alone);

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
            let mut frame: Value = serde_json::from_str(black_box(&frame)).unwrap();
            let patch: json_patch::Patch = serde_json::from_value(frame["patch"].take()).unwrap();
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
