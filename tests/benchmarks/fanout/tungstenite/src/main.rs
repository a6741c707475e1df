// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

//! tokio-tungstenite: a task for each connection, a broadcast channel with messages that are made once.

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, mpsc};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

struct App {
    messages: broadcast::Sender<Utf8Bytes>,
    /// Of the connection that came first.
    active: Mutex<Option<mpsc::UnboundedSender<Utf8Bytes>>>,
}

async fn handle_stream(app: Arc<App>, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
        return;
    };
    let mut messages = app.messages.subscribe();
    let (sender, mut own) = mpsc::unbounded_channel();

    app.active.lock().unwrap().get_or_insert_with(|| sender.clone());
    loop {
        let result = tokio::select! {
            message = messages.recv() => match message {
                Ok(text) => socket.send(Message::Text(text)).await,
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => break,
            },
            Some(text) = own.recv() => socket.send(Message::Text(text)).await,
            message = socket.next() => match message {
                Some(Ok(_)) => continue,
                _ => break,
            },
        };
        if result.is_err() {
            break;
        }
    }
}

fn frame(name: &str, value: i64) -> Utf8Bytes {
    format!(r#"{{"name":"{name}","patch":[{{"op":"replace","path":"/value","value":{value}}}]}}"#).into()
}

/// One byte an event: b to all, s to the first connection, l a large one to all.
async fn control(app: Arc<App>, listener: TcpListener) {
    let filling = "x".repeat(10_000);
    let mut counter = 100_000;
    let mut singles = 100_000;

    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = [0; 64];

        while let Ok(n @ 1..) = stream.read(&mut bytes).await {
            for byte in &bytes[..n] {
                match byte {
                    b'b' => {
                        counter += 1;
                        drop(app.messages.send(frame("counter", counter)));
                    }
                    b'l' => {
                        counter += 1;
                        drop(app.messages.send(
                            format!(r#"{{"name":"page","patch":[{{"op":"replace","path":"/text","value":"{counter}{filling}"}}]}}"#)
                                .into(),
                        ));
                    }
                    _ => {
                        singles += 1;
                        if let Some(active) = &*app.active.lock().unwrap() {
                            drop(active.send(frame("single", singles)));
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
        messages: broadcast::channel(1024).0,
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

    loop {
        // Out of descriptors, for example: go on when there are some again.
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(handle_stream(app.clone(), stream))),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
}
