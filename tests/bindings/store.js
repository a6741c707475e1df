// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Stores from JavaScript.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const { FileStore, MemoryStore } = ServerSignal;

let number = 0;
let failed = 0;
const loop = new GLib.MainLoop(null, false);

function check(good, what) {
    print(`${good ? 'ok' : 'not ok'} ${++number} - ${what}`);
    if (!good)
        failed++;
}

function until(condition) {
    return new Promise(resolve => {
        GLib.timeout_add(GLib.PRIORITY_DEFAULT, 5, () => {
            if (!condition())
                return GLib.SOURCE_CONTINUE;
            resolve();
            return GLib.SOURCE_REMOVE;
        });
    });
}

async function main() {
    const store = MemoryStore.new();
    const other = store.share();
    const replica = other.get_signal('count');
    const signal = await store.own_async('count', { n: 0 });

    signal.set_int('/n', 3);
    await until(() => replica.get_int('/n') === 3);
    check(!replica.writable && signal.writable, 'a replica follows its owner');

    let error = null;
    try {
        await other.update_async('count', copy => copy);
    } catch (e) {
        error = e;
    }
    check(error?.matches(ServerSignal.SignalError, ServerSignal.SignalError.READ_ONLY),
        'an owned signal is not updated by another');

    store.release(signal);
    await until(() => !signal.writable);
    await other.update_async('count', value => { value.n++; });
    await until(() => signal.get_int('/n') === 4 && replica.get_int('/n') === 4);
    check(true, 'one that was given back is');

    await store.patch_async('count', [{ op: 'replace', path: '/n', value: 9 }]);
    await until(() => replica.get_int('/n') === 9);
    check((await store.list_async(null)).join() === 'count', 'its name is listed');
    await store.remove_async('count');
    await until(() => replica.stale);
    check(true, 'and it is removed');
    await store.close_async();
    await other.close_async();

    const folder = GLib.dir_make_tmp('server-signal-XXXXXX');
    const files = FileStore.new(folder);
    const kept = await files.own_async('kept', 1);
    kept.set_int(null, 2);
    await files.close_async();
    const file = Gio.File.new_for_path(`${folder}/kept.signal`);
    check(files.folder === folder && file.query_exists(null), 'a store in files has its file');
    file.delete(null);
    Gio.File.new_for_path(`${folder}/.lock`).delete(null);
    GLib.rmdir(folder);
}

main().catch(e => {
    logError(e);
    failed++;
}).finally(() => loop.quit());
loop.run();
print(`1..${number}`);
System.exit(failed > 0 ? 1 : 0);
