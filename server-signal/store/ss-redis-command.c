/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-redis-command.h"

#include <string.h>

#include "ss-limits.h"

/* Names and keys */

static void
append_tag (GString    *key,
            const char *name)
{
  for (const char *at = name; *at != '\0'; at++)
    if (*at == '%' || *at == '{' || *at == '}')
      g_string_append_printf (key, "%%%02X", (guint) (guchar) *at);
    else
      g_string_append_c (key, *at);
}

char *
ss_redis_tag (const char *name)
{
  GString *tag = g_string_new (NULL);

  append_tag (tag, name);

  return g_string_free (tag, FALSE);
}

static char *
make_key (const char *prefix,
          const char *name,
          const char *suffix)
{
  GString *key = g_string_new (prefix);

  g_string_append (key, ":{");
  append_tag (key, name);
  g_string_append_c (key, '}');
  g_string_append (key, suffix);

  return g_string_free (key, FALSE);
}

void
ss_redis_keys_init (SsRedisKeys *self,
                    const char  *prefix,
                    const char  *name)
{
  self->head = make_key (prefix, name, "");
  self->log = g_strconcat (self->head, ":log", NULL);
  self->lease = g_strconcat (self->head, ":lease", NULL);
  self->channel = g_strconcat (self->head, ":news", NULL);
}

void
ss_redis_keys_clear (SsRedisKeys *self)
{
  g_free (self->head);
  g_free (self->log);
  g_free (self->lease);
  g_free (self->channel);
}

char *
ss_redis_parse_key (const char *prefix,
                    const char *key,
                    gsize       length)
{
  gsize start = strlen (prefix) + 2;
  g_autofree char *tag = NULL;

  if (length < start + 1 || key[length - 1] != '}' || !g_utf8_validate_len (key, length, NULL))
    return NULL;

  tag = g_strndup (key + start, length - start - 1);

  return g_uri_unescape_string (tag, NULL);
}

char *
ss_redis_pattern (const char *prefix,
                  const char *name)
{
  g_autofree char *key = make_key (prefix, name, "");
  GString *pattern = g_string_new (NULL);

  for (const char *at = key; at[1] != '\0'; at++)
    {
      if (strchr ("*?[]\\^-", *at) != NULL)
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *at);
    }
  g_string_append (pattern, "*}");

  return g_string_free (pattern, FALSE);
}

/* Commands */

static void
add_bytes (SsRedisCommand *self,
           const char     *text,
           gsize           length)
{
  self->args[self->n] = text;
  self->lengths[self->n++] = length;
}

static void
add (SsRedisCommand *self,
     const char     *text)
{
  add_bytes (self, text != NULL ? text : "", text != NULL ? strlen (text) : 0);
}

static void
add_number (SsRedisCommand *self,
            guint64         number)
{
  char *text = self->numbers[self->n_numbers++];

  g_snprintf (text, sizeof self->numbers[0], "%" G_GUINT64_FORMAT, number);
  add (self, text);
}

static void
add_mark (SsRedisCommand *self,
          const SsMark   *mark)
{
  char *chain = self->chains[self->n_chains++];

  ss_chain_format (mark->chain, chain);
  add_number (self, mark->revision);
  add (self, chain);
}

static void
add_text (SsRedisCommand *self,
          GBytes         *text)
{
  gsize length = 0;
  const char *bytes = text != NULL ? g_bytes_get_data (text, &length) : "";

  add_bytes (self, bytes, length);
}

static void
add_verb (SsRedisCommand       *args,
          const SsStoreRequest *request)
{
  static const char *const verbs[] = { "open",    "claim",  "commit", "restore",
                                       "release", "remove", "expire" };

  add (args, verbs[request->kind]);
}

static void
add_arguments (SsRedisCommand       *args,
               const SsStoreRequest *request)
{
  SsLogEntry *entry = request->entry;

  switch (request->kind)
    {
    case SS_STORE_OPEN:
      add (args, request->epoch);
      add_mark (args, &request->mark);
      break;

    case SS_STORE_CLAIM:
      {
        SsMark first = ss_mark_first (request->fresh, 0);
        char *chain = args->chains[args->n_chains++];

        add (args, request->epoch);
        add_mark (args, &request->mark);
        ss_chain_format (first.chain, chain);
        add (args, chain);
        add_text (args, request->text);
      }
      break;

    case SS_STORE_COMMIT:
      add (args, request->epoch);
      add_number (args, request->generation);
      add_mark (args, entry != NULL ? &entry->base : &request->mark);
      add (args, request->settles ? "1" : "0");
      if (entry != NULL)
        {
          gsize length;
          const char *text = ss_log_entry_get_text (entry, &length);

          add_number (args, ss_log_entry_measure (entry));
          add_mark (args, &entry->mark);
          add (args, entry->writer);
          add_bytes (args, text, length);
          add_text (args, request->text);
        }
      break;

    case SS_STORE_RESTORE:
      add (args, request->epoch);
      add_number (args, request->generation);
      add_mark (args, &request->mark);
      add_text (args, request->text);
      break;

    case SS_STORE_RELEASE:
      add (args, request->epoch);
      add_number (args, request->generation);
      break;

    case SS_STORE_EXPIRE:
      add_number (args, request->seconds * G_GUINT64_CONSTANT (1000));
      break;

    case SS_STORE_REMOVE:
    case SS_STORE_LIST:
    default:
      break;
    }
}

void
ss_redis_command_init (SsRedisCommand       *self,
                       const char           *script,
                       const char           *sha,
                       const char           *era,
                       const SsRedisKeys    *keys,
                       const SsStoreRequest *asked)
{
  self->n = 0;
  self->n_numbers = self->n_chains = 0;
  add (self, sha != NULL ? "EVALSHA" : "EVAL");
  add (self, sha != NULL ? sha : script);
  add (self, "3");
  add (self, keys->head);
  add (self, keys->log);
  add (self, keys->lease);
  add_verb (self, asked);
  add (self, era);
  add (self, keys->channel);
  add (self, asked->owner);
  add_number (self, asked->lease_ms > 0 ? asked->lease_ms : SS_REDIS_GRACE_MS);
  add (self, asked->fresh);
  add_arguments (self, asked);
}
