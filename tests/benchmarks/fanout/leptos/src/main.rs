// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

//! leptos_server_signal on axum as its README has it: each connection owns its signals and writes to
//! them in its handler. In the place of the README's timer stands a channel that wakes the handlers.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::Router;
use leptos_server_signal::ServerSignal;
use serde::Serialize;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc};

#[derive(Clone, Default, Serialize)]
struct Count {
    value: i64,
}

#[derive(Clone, Default, Serialize)]
struct Page {
    text: String,
}

#[derive(Clone)]
enum Event {
    Count(i64),
    Page(Arc<str>),
}

struct App {
    events: broadcast::Sender<Event>,
    /// Of the connection that came first.
    active: Mutex<Option<mpsc::UnboundedSender<i64>>>,
}

async fn websocket(State(app): State<Arc<App>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| handle_socket(app, socket))
}

async fn handle_socket(app: Arc<App>, mut socket: WebSocket) {
    let mut events = app.events.subscribe();
    let (sender, mut own) = mpsc::unbounded_channel();
    let mut count = ServerSignal::<Count>::new("counter").unwrap();
    let mut single = ServerSignal::<Count>::new("single").unwrap();
    let mut page = ServerSignal::<Page>::new("page").unwrap();

    app.active.lock().unwrap().get_or_insert_with(|| sender.clone());
    loop {
        let result = tokio::select! {
            event = events.recv() => match event {
                Ok(Event::Count(n)) => count.with(&mut socket, |count| count.value = n).await,
                Ok(Event::Page(text)) => page.with(&mut socket, |page| page.text = text.to_string()).await,
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => break,
            },
            Some(n) = own.recv() => single.with(&mut socket, |single| single.value = n).await,
            message = socket.recv() => match message {
                Some(Ok(_)) => continue,
                _ => break,
            },
        };
        if result.is_err() {
            break;
        }
    }
}

/// One byte an event: b to all, s to the first connection, l a large one to all.
async fn control(app: Arc<App>, listener: TcpListener) {
    let counter = AtomicI64::new(100_000);
    let next = || counter.fetch_add(1, Ordering::Relaxed) + 1;
    let mut singles = 100_000;
    let filling = "x".repeat(10_000);

    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = [0; 64];

        while let Ok(n @ 1..) = stream.read(&mut bytes).await {
            for byte in &bytes[..n] {
                match byte {
                    b'b' => drop(app.events.send(Event::Count(next()))),
                    b'l' => drop(app.events.send(Event::Page(format!("{}{}", next(), filling).into()))),
                    _ => {
                        singles += 1;
                        if let Some(active) = &*app.active.lock().unwrap() {
                            drop(active.send(singles));
                        }
                    }
                }
            }
        }
    }
}

#[tokio::main]
async fn main() {
    let app = Arc::new(App {
        events: broadcast::channel(1024).0,
        active: Mutex::new(None),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let control_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();

    println!(
        "{} {}",
        listener.local_addr().unwrap().port(),
        control_listener.local_addr().unwrap().port()
    );
    tokio::spawn(control(app.clone(), control_listener));

    let router = Router::new().route("/ws", get(websocket)).with_state(app);
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    }), router)
    .await
    .unwrap();
}
