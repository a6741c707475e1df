# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# Completion for fish. Options are those that --help lists; names of signals are asked of the hub.

function __server_signal_commands
    server-signal --help 2>/dev/null | string match -r '^  [a-z]{2,} .*' | string match -v '  server-signal*' \
        | string replace -r '^  ([a-z]+) +' '$1\t'
end

function __server_signal_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and echo $words[2]
end

function __server_signal_options
    set -l command (__server_signal_command)
    test -n "$command"; or return
    server-signal $command --help 2>/dev/null | string match -r '^  .*--[a-z].*' \
        | string replace -r '^  .*?(--[a-z][a-z-]*)(=\S*)? +' '$1\t'
end

function __server_signal_names
    # The first word that is neither an option nor the value of one. Of the options those that are
    # about the connection are for "list" as well.
    set -l words (commandline -opc)
    set -l valued (server-signal $words[2] --help 2>/dev/null \
        | string match -r '^  .*?--[a-z-]+=' | string match -ra -- '-[a-zA-Z](?=,)|--[a-z-]+')
    set -l connection
    set -l option
    for word in $words[3..-1]
        if test -n "$option"
            contains -- $option -t --token --ca; and set -a connection $option $word
            set option
        else if string match -qr -- '^(--token|--ca)=' $word
            set -a connection $word
        else if contains -- $word $valued
            set option $word
        else if not string match -q -- '-*' $word
            server-signal list --quiet --timeout 2 $connection $word 2>/dev/null
            return
        end
    end
end

complete -c server-signal -n 'test (count (commandline -opc)) -eq 1' -f -a '(__server_signal_commands)'
complete -c server-signal -n 'string match -q -- "-*" (commandline -ct)' -f -a '(__server_signal_options)'
complete -c server-signal -n 'contains -- (__server_signal_command) get watch wait bench call list top' -f
complete -c server-signal -n 'contains -- (__server_signal_command) get watch wait record bench' -a '(__server_signal_names)'
