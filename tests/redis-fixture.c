/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "redis-fixture.h"

#include <string.h>

#include <glib/gstdio.h>

#include "store-fixture.h"

/* Another process may take a port before the server does. */
#define TRIES 20

/* A server whose role changes ends its connections, ours as well. */
redisReply *
ask (Server     *self,
     const char *format,
     ...)
{
  redisReply *reply = NULL;

  for (guint i = 0; i < 2 && reply == NULL; i++)
    {
      va_list arguments;

      if (self->context->err != 0)
        {
          redisFree (self->context);
          self->context = redisConnectUnix (self->socket);
        }
      va_start (arguments, format);
      reply = redisvCommand (self->context, format, arguments);
      va_end (arguments);
    }
  g_assert_nonnull (reply);

  return reply;
}

char *
ask_string (Server     *self,
            const char *command,
            const char *key,
            const char *field)
{
  redisReply *reply =
    field != NULL ? ask (self, "%s %s %s", command, key, field) : ask (self, "%s %s", command, key);
  char *text = reply->type == REDIS_REPLY_STRING ? g_strdup (reply->str) : NULL;

  freeReplyObject (reply);

  return text;
}

gboolean
server_tells (Server     *self,
              const char *command,
              const char *text)
{
  redisReply *reply = ask (self, command);
  gboolean found;

  found = reply->type == REDIS_REPLY_STRING && strstr (reply->str, text) != NULL;
  freeReplyObject (reply);

  return found;
}

/* Until it has read what it has on disk. FALSE: it has ended. */
static gboolean
is_started (Server *self)
{
  while (g_subprocess_get_identifier (self->process) != NULL)
    {
      gboolean ready = FALSE;

      g_clear_pointer (&self->context, redisFree);
      self->context = redisConnectUnix (self->socket);
      if (self->context != NULL && self->context->err == 0)
        {
          redisReply *reply = redisCommand (self->context, "PING");

          ready = reply != NULL && reply->type == REDIS_REPLY_STATUS;
          if (reply != NULL)
            freeReplyObject (reply);
        }
      if (ready)
        return TRUE;
      g_usleep (5000);
      /* The end of a process is told to the main context. */
      g_main_context_iteration (NULL, FALSE);
    }

  return FALSE;
}

static guint16
find_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_socket_listener_close (listener);

  return port;
}

static void
spawn (Server *self)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  gboolean has_port = FALSE;

  g_unlink (self->socket);
  g_ptr_array_add (args, g_strdup ("redis-server"));
  for (guint i = 0; self->options[i] != NULL; i++)
    {
      guint16 port = self->port;

      has_port = has_port || g_str_equal (self->options[i], "--port");
      if (g_str_equal (self->options[i], "BUS_PORT"))
        port = self->bus_port;
      g_ptr_array_add (args, g_str_has_suffix (self->options[i], "PORT")
                               ? g_strdup_printf ("%u", port)
                               : g_strdup (self->options[i]));
    }
  if (!has_port)
    {
      g_ptr_array_add (args, g_strdup ("--port"));
      g_ptr_array_add (args, g_strdup ("0"));
    }
  g_ptr_array_add (args, g_strdup ("--bind"));
  g_ptr_array_add (args, g_strdup ("127.0.0.1"));
  g_ptr_array_add (args, g_strdup ("--unixsocket"));
  g_ptr_array_add (args, g_strdup (self->socket));
  g_ptr_array_add (args, g_strdup ("--dir"));
  g_ptr_array_add (args, g_strdup (self->folder));
  g_ptr_array_add (args, NULL);

  self->process =
    g_subprocess_newv ((const char *const *) args->pdata,
                       G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                       &error);
  g_assert_no_error (error);
}

void
server_start (Server *self)
{
  spawn (self);
  g_assert_true (is_started (self));
}

Server *
server_new (const char *first,
            ...)
{
  Server *self = g_new0 (Server, 1);
  g_autoptr (GPtrArray) options = g_ptr_array_new ();
  va_list arguments;
  gboolean started = FALSE;

  self->folder = g_dir_make_tmp ("server-signal-redis-XXXXXX", NULL);
  self->socket = g_build_filename (self->folder, "socket", NULL);
  va_start (arguments, first);
  for (const char *option = first; option != NULL; option = va_arg (arguments, const char *))
    {
      /* A sentinel keeps what it knows in its file. */
      if (g_str_has_suffix (option, ".conf"))
        {
          g_autofree char *path = g_build_filename (self->folder, option, NULL);

          g_assert_true (g_file_set_contents (path, "", -1, NULL));
          g_ptr_array_add (options, g_steal_pointer (&path));
        }
      else
        {
          g_ptr_array_add (options, g_strdup (option));
        }
    }
  va_end (arguments);
  g_ptr_array_add (options, NULL);
  self->options = (GStrv) g_ptr_array_free (g_steal_pointer (&options), FALSE);

  for (guint i = 0; i < TRIES && !started; i++)
    {
      g_clear_object (&self->process);
      if (g_strv_contains ((const char *const *) self->options, "PORT"))
        self->port = find_port ();
      if (g_strv_contains ((const char *const *) self->options, "BUS_PORT"))
        self->bus_port = find_port ();
      spawn (self);
      started = is_started (self);
    }
  g_assert_true (started);

  return self;
}

void
server_kill (Server *self)
{
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->process);
}

void
server_free (Server *self)
{
  g_clear_pointer (&self->context, redisFree);
  if (self->process != NULL)
    server_kill (self);
  remove_folder (self->folder);
  g_strfreev (self->options);
  g_free (self->folder);
  g_free (self->socket);
  g_free (self);
}
