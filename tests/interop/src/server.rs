// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

//! The Axum server that the README of `leptos_server_signal` 0.9 has, and files beside it:
//!
//! leptos-server PORT [DIRECTORY...]
//!
//! At /ws each connection gets a counter of its own. At /table it gets a second signal as well, a
//! list that is inserted into, moved about and removed from, and comes to rest; then the document
//! is written on a line behind its name.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::State;
use axum::http::{header, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::Router;
use leptos_server_signal::ServerSignal;
use serde::{Deserialize, Serialize};

const STEPS: u32 = 300;

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Count {
    pub value: i32,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Row {
    id: u32,
    text: String,
    share: f64,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Table {
    steps: u32,
    rows: Vec<Row>,
}

async fn websocket(ws: WebSocketUpgrade) -> Response {
    ws.on_upgrade(handle_socket)
}

async fn handle_socket(mut socket: WebSocket) {
    let mut count = ServerSignal::<Count>::new("counter").unwrap();

    loop {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let result = count.with(&mut socket, |count| count.value += 1).await;
        if result.is_err() {
            break;
        }
    }
}

async fn table_websocket(ws: WebSocketUpgrade) -> Response {
    ws.on_upgrade(handle_table_socket)
}

fn change(table: &mut Table, random: &mut u32) {
    let mut below = |limit: usize| {
        *random = random.wrapping_mul(1664525).wrapping_add(1013904223);
        (*random >> 8) as usize % limit
    };
    let length = table.rows.len();

    table.steps += 1;
    match below(6) {
        0 if length > 1 => {
            let row = table.rows.remove(below(length));
            table.rows.insert(below(length), row);
        }
        1 if length > 10 => {
            table.rows.remove(below(length));
        }
        2 if length > 0 => table.rows[below(length)].text.push('é'),
        3 if length > 0 => table.rows[below(length)].share = below(1000) as f64 / 7.0,
        _ => {
            let id = table.steps;
            let text = format!("{{\"{id}\"}}/~");
            table.rows.insert(below(length + 1), Row { id, text, share: 0.1 });
        }
    }
}

async fn handle_table_socket(mut socket: WebSocket) {
    let mut count = ServerSignal::<Count>::new("counter").unwrap();
    let mut table = ServerSignal::<Table>::new("table").unwrap();
    let mut random = 1;

    for step in 0.. {
        tokio::time::sleep(Duration::from_millis(3)).await;
        if count.with(&mut socket, |count| count.value += 1).await.is_err() {
            break;
        }
        if step < STEPS {
            if table.with(&mut socket, |table| change(table, &mut random)).await.is_err() {
                break;
            }
        } else if step == STEPS {
            println!("table {}", serde_json::to_string(&*table).unwrap());
        }
    }
}

async fn file(State(roots): State<Arc<Vec<PathBuf>>>, uri: Uri) -> Response {
    let name = match uri.path() {
        "/" => "counter.html",
        // The module is where a hub serves it.
        path => path[1..].trim_start_matches("server-signal/"),
    };
    let kind = if name.ends_with(".js") { "text/javascript" } else { "text/html; charset=utf-8" };

    if !name.contains("..") {
        for root in roots.iter() {
            if let Ok(data) = std::fs::read(root.join(name)) {
                return ([(header::CONTENT_TYPE, kind)], data).into_response();
            }
        }
    }
    StatusCode::NOT_FOUND.into_response()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().expect("a port").parse().unwrap();
    let roots: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let app = Router::new()
        .route("/ws", get(websocket))
        .route("/table", get(table_websocket))
        .fallback(file)
        .with_state(Arc::new(roots));

    println!("http://{}/", listener.local_addr().unwrap());
    axum::serve(listener, app).await.unwrap();
}
