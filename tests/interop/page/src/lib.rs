// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

//! A page of Leptos whose signals are a hub's: the crate's own client, in a browser.

use leptos::prelude::*;
use leptos_server_signal::{create_server_signal, provide_websocket_with_retry};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;

const RETRY_MS: i32 = 100;

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Count {
    pub value: i32,
}

#[component]
fn App() -> impl IntoView {
    let host = window().location().host().unwrap();

    provide_websocket_with_retry(&format!("ws://{host}/ws"), RETRY_MS).unwrap();

    let count = create_server_signal::<Count>("counter");
    let document = create_server_signal::<Value>("document");

    view! {
        <h1 id="count">{move || count.get().value.to_string()}</h1>
        <pre id="document">{move || document.get().to_string()}</pre>
    }
}

#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    mount_to_body(App);
}
