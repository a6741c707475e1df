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

# Those that take a value.
_server_signal_valued ()
{
  server-signal "$1" --help 2>/dev/null | sed -n 's/^  \(-[a-zA-Z]\), \(--[a-z-]*\)=.*/\1\n\2/p; s/^  \(--[a-z-]*\)=.*/\1/p'
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

  # The words that are neither options nor their values. Of the options those that are about the
  # connection are for "list" as well.
  local valued value word i
  local -a plain=() connection=()
  valued=" $(_server_signal_valued "$command" | tr '\n' ' ') "
  for ((i = 2; i < cword; i++)); do
    word=${words[i]}
    if [[ $word != -* ]]; then
      plain+=("$word")
    elif [[ $valued == *" $word "* ]]; then
      [ "${words[i + 1]}" = '=' ] && i=$((i + 1))
      i=$((i + 1))
      value=${words[i]}
      case "$word" in
        -t | --token | --ca) connection+=("$word" "$value") ;;
      esac
    fi
  done

  case "$command" in
    get | watch | wait | record | bench)
      [ "${#plain[@]}" -gt 0 ] || return
      if [ "$command" = record ] && [ "${#plain[@]}" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      else
        mapfile -t COMPREPLY < <(server-signal list --quiet --timeout 2 "${connection[@]}" "${plain[0]}" 2>/dev/null \
          | while IFS= read -r name; do
              case "$name" in "${cur//\\/}"*) printf '%q\n' "$name" ;; esac
            done)
        if declare -F _comp_ltrim_colon_completions >/dev/null; then
          _comp_ltrim_colon_completions "$cur"
        else
          __ltrim_colon_completions "$cur"
        fi
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
