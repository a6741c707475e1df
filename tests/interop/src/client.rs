// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

//! The browser side of `leptos_server_signal` 0.9 as a program, so that a test can watch it:
//!
//! leptos-client URL RETRY_MS NAME[@UPDATES]...
//!
//! Frames are read as the crate's `ServerSignalUpdate` and applied by its patch crate to what the
//! type's default says. As there, a patch that does not apply and a document that does not fit
//! the type are a panic, patches for a name that nobody has asked for are kept (with @, it is asked
//! for after so many), a document outlives its connection, an error is retried and a clean close
//! never. Each document is written on a line behind its name.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use json_patch::Patch;
use leptos_server_signal::ServerSignalUpdate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tungstenite::Message;

/// Tries in a row before it ends, so that no test leaves one behind.
const TRIES: u32 = 600;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Count {
    value: i32,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Row {
    id: i64,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Table {
    steps: u32,
    rows: Vec<Row>,
}

fn default_of(name: &str) -> Value {
    match name {
        "counter" => serde_json::to_value(Count::default()),
        "table" => serde_json::to_value(Table::default()),
        _ => Ok(Value::default()),
    }
    .unwrap()
}

/// Reads the document as the effect of a signal does: it has to fit the type.
fn typed(name: &str, document: &Value) -> Value {
    let document = document.clone();
    match name {
        "counter" => serde_json::to_value(serde_json::from_value::<Count>(document).unwrap()),
        "table" => serde_json::to_value(serde_json::from_value::<Table>(document).unwrap()),
        _ => Ok(document),
    }
    .unwrap()
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").unwrap();
    out.flush().unwrap();
}

#[derive(Default)]
struct Signals {
    documents: HashMap<String, Value>,
    delayed: HashMap<String, Vec<Patch>>,
    /// Names that are asked for when so many patches were kept.
    later: HashMap<String, usize>,
}

impl Signals {
    fn ask(&mut self, name: &str) {
        self.documents.insert(name.to_owned(), default_of(name));
    }

    fn take(&mut self, text: &str) {
        let Ok(update) = serde_json::from_str::<ServerSignalUpdate>(text) else {
            return;
        };
        // The members of the update are the crate's own.
        let mut parts = serde_json::to_value(&update).unwrap();
        let name = parts["name"].as_str().unwrap().to_owned();
        let patch: Patch = serde_json::from_value(parts["patch"].take()).unwrap();

        if let Some(document) = self.documents.get_mut(&name) {
            for patch in self.delayed.remove(&name).unwrap_or_default() {
                json_patch::patch(document, &patch).unwrap();
            }
            json_patch::patch(document, &patch).unwrap();
            say(&format!("{name} {}", typed(&name, document)));
            return;
        }

        let kept = self.delayed.entry(name.clone()).or_default();
        kept.push(patch);
        if self.later.get(&name) == Some(&kept.len()) {
            self.ask(&name);
        }
    }
}

/// Whether the connection ended cleanly.
fn follow(url: &str, signals: &mut Signals, tries: &mut u32) -> bool {
    let Ok((mut socket, _)) = tungstenite::connect(url) else {
        return false;
    };
    *tries = 0;
    say("open");
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => signals.take(&text),
            Ok(Message::Binary(_)) => panic!("a binary frame"),
            Ok(Message::Close(_)) => return true,
            Ok(_) => (),
            Err(_) => return false,
        }
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("an address");
    let retry: u64 = arguments.next().expect("a time").parse().unwrap();
    let mut signals = Signals::default();
    let mut tries = 0;

    for argument in arguments {
        match argument.split_once('@') {
            Some((name, updates)) => {
                signals.later.insert(name.to_owned(), updates.parse().unwrap());
            }
            None => signals.ask(&argument),
        }
    }
    while !follow(&url, &mut signals, &mut tries) {
        tries += 1;
        assert!(tries < TRIES, "no server");
        say("error");
        std::thread::sleep(Duration::from_millis(retry));
    }
    say("closed");
}
