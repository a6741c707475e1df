// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

//! bindgen PAGE.wasm DIRECTORY: writes what a browser needs to load it, as the tool wasm-bindgen does
//! that has more to it and to build.

use wasm_bindgen_cli_support::Bindgen;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let page = arguments.next().expect("a page");
    let directory = arguments.next().expect("a directory");

    Bindgen::new()
        .input_path(page)
        .web(true)
        .and_then(|bindgen| bindgen.typescript(false).generate(directory))
        .expect("a page for a browser");
}
