# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
#
# Completion for bash. Options are those that --help lists; names of signals are asked of the hub.

_server_signal_commands ()
{
  server-signal --help 2>/dev/null | sed -n '/^  [a-z]\{2,\} /s/^  \([a-z]*\) .*/\1/p' | grep -v '^server-signal'
}

_server_signal_options ()
{
  server-signal "$1" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*'
}

_server_signal ()
{
  local cur prev words cword
  if declare -F _comp_initialize >/dev/null; then
    _comp_initialize -n : || return
  else
    _init_completion -n : || return
  fi

  local command=${words[1]}
  if [ "$cword" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_server_signal_commands) --help --version" -- "$cur")
    return
  fi

  case "$prev" in
    --ca | --page | --state | --tls)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
    --color)
      mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
      return
      ;;
  esac

  case "$cur" in
    -*)
      mapfile -t COMPREPLY < <(compgen -W "$(_server_signal_options "$command")" -- "$cur")
      return
      ;;
  esac

  # The first word behind the command that is no option.
  local uri='' word
  for word in "${words[@]:2:cword-2}"; do
    case "$word" in
      -*) ;;
      *) uri=${uri:-$word} ;;
    esac
  done

  case "$command" in
    get | watch | wait | record | bench)
      [ -n "$uri" ] || return
      if [ "$command" = record ] && [ "$cword" -le 3 ]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      else
        mapfile -t COMPREPLY < <(server-signal list --quiet --timeout 2 "$uri" 2>/dev/null \
          | while IFS= read -r name; do case "$name" in "$cur"*) printf '%s\n' "$name" ;; esac; done)
      fi
      ;;
    serve | replay | diff | patch | pointer)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      compopt -o filenames 2>/dev/null
      ;;
    help)
      mapfile -t COMPREPLY < <(compgen -W "$(_server_signal_commands)" -- "$cur")
      ;;
  esac
}

complete -F _server_signal server-signal
