/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include <gio/gio.h>
#include <gio/gunixinputstream.h>

#include "proxy.h"

/* The bad network between the processes of the model test of stores and their server, see store.py.
 * It says "place HOST PORT" and is told, in lines:
 *
 *   upstream PORT                where connections go that come
 *   cut N WAY BYTES END          the Nth connection is cut after so many bytes that way
 *   delay N WAY MILLISECONDS     bytes wait
 *   dribble N WAY BYTES          so many bytes go one by one
 *   hold N WAY MILLISECONDS      nothing of the server's is read
 *   stall N WAY                  nothing more goes that way, and nobody is told
 *   refuse N                     so many connections are refused
 *   break                        all connections end
 *   calm                         what has not happened yet does not, but for stalls
 *
 * N is taken modulo the number of connections. WAY and END are 0 or 1. To a line that could be done
 * it says "done", else "idle". */

static Proxy *proxy;
static GPtrArray *pipes;
static GMainLoop *loop;

static void
accepted_cb (ProxyPipe *pipe,
             gpointer   user_data)
{
  if (pipe != NULL)
    g_ptr_array_add (pipes, pipe);
}

static void
ended_cb (ProxyPipe *pipe,
          gpointer   user_data)
{
  g_ptr_array_remove (pipes, pipe);
}

static void
nothing_cb (ProxyPipe *pipe,
            gpointer   user_data)
{
}

static void
cut_cb (ProxyPipe *pipe,
        ProxyWay   way,
        ProxyEnd   end,
        gpointer   user_data)
{
}

static void
mangled_cb (ProxyPipe   *pipe,
            ProxyMangle  what,
            const char  *name,
            gpointer     user_data)
{
}

static const ProxyFuncs funcs = {
  .accepted = accepted_cb,
  .broken = nothing_cb,
  .deserted = nothing_cb,
  .cut = cut_cb,
  .mangled = mangled_cb,
  .ended = ended_cb,
};

static guint
number (char  **words,
        guint   index)
{
  return index < g_strv_length (words) ? (guint) atoi (words[index]) : 0;
}

static gboolean
do_to_one (char **words)
{
  ProxyPipe *pipe;
  ProxyWay way = number (words, 2) > 0 ? PROXY_DOWN : PROXY_UP;
  guint value = number (words, 3);

  if (pipes->len == 0)
    return FALSE;

  pipe = g_ptr_array_index (pipes, number (words, 1) % pipes->len);
  if (g_str_equal (words[0], "cut"))
    proxy_pipe_cut (pipe, way, value, number (words, 4) > 0 ? PROXY_RST : PROXY_FIN);
  else if (g_str_equal (words[0], "delay"))
    proxy_pipe_delay (pipe, way, value);
  else if (g_str_equal (words[0], "dribble"))
    proxy_pipe_dribble (pipe, way, value);
  else if (g_str_equal (words[0], "hold"))
    proxy_pipe_hold (pipe, value);
  else if (g_str_equal (words[0], "stall"))
    proxy_pipe_stall (pipe, way);
  else
    g_error ("%s is not known", words[0]);

  return TRUE;
}

static void
take_line (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  gboolean done = TRUE;

  if (g_str_equal (words[0], "upstream"))
    proxy_set_upstream (proxy, (guint16) number (words, 1));
  else if (g_str_equal (words[0], "refuse"))
    proxy_refuse (proxy, number (words, 1), PROXY_RST);
  else if (g_str_equal (words[0], "break"))
    proxy_break_all (proxy, PROXY_RST);
  else if (g_str_equal (words[0], "calm"))
    proxy_calm (proxy);
  else
    done = do_to_one (words);

  printf ("%s\n", done ? "done" : "idle");
  fflush (stdout);
}

static void
line_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree char *line =
    g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (object), result, NULL, NULL);

  if (line == NULL)
    {
      g_main_loop_quit (loop);
      return;
    }

  take_line (line);
  g_data_input_stream_read_line_async (G_DATA_INPUT_STREAM (object), G_PRIORITY_DEFAULT, NULL,
                                       line_cb, NULL);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (0, FALSE);
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (input);

  loop = g_main_loop_new (NULL, FALSE);
  pipes = g_ptr_array_new ();
  proxy = proxy_new (1, FALSE, &funcs, NULL);
  proxy_set_raw (proxy);
  printf ("place %s %u\n", proxy_host (), proxy_get_port (proxy));
  fflush (stdout);
  g_data_input_stream_read_line_async (lines, G_PRIORITY_DEFAULT, NULL, line_cb, NULL);
  g_main_loop_run (loop);

  proxy_free (proxy);
  g_ptr_array_unref (pipes);
  g_main_loop_unref (loop);

  return 0;
}
