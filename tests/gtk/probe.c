/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Looks at the windows of a program that knows nothing of it, in whatever language that is written:
 * preloaded, it answers on the socket that SS_PROBE names. Each command is a line, and so is each
 * answer.
 *
 *   look              what the widgets show, as JSON
 *   select NUMBER     selects that row
 *   sort TITLE        sorts by that column, ascending
 *   draw              answers when the window has been drawn again
 *   close             closes the window */

#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

static GSocketConnection *connection;

static void
answer (const char *text)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  g_output_stream_write_all (output, line, strlen (line), NULL, NULL, NULL);
}

static GtkWindow *
get_window (void)
{
  g_autoptr (GtkWindow) window = g_list_model_get_item (gtk_window_get_toplevels (), 0);

  /* The list keeps it. */
  return window;
}

/* Calls the function for each widget that is on the screen, parents before children. */
static void
walk (GtkWidget *widget,
      void     (*function) (GtkWidget *, gpointer),
      gpointer   user_data)
{
  if (widget == NULL || !gtk_widget_get_mapped (widget))
    return;

  function (widget, user_data);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    walk (child, function, user_data);
}

static void
find_column_view (GtkWidget *widget,
                  gpointer   user_data)
{
  GtkColumnView **found = user_data;

  if (GTK_IS_COLUMN_VIEW (widget))
    *found = GTK_COLUMN_VIEW (widget);
}

static GtkColumnView *
get_column_view (void)
{
  GtkColumnView *view = NULL;

  walk (GTK_WIDGET (get_window ()), find_column_view, &view);
  return view;
}

static void
add_label (GtkWidget *widget,
           gpointer   user_data)
{
  if (GTK_IS_LABEL (widget))
    json_builder_add_string_value (user_data, gtk_label_get_label (GTK_LABEL (widget)));
}

static void
add_level (GtkWidget *widget,
           gpointer   user_data)
{
  if (GTK_IS_LEVEL_BAR (widget))
    {
      GtkLevelBar *bar = GTK_LEVEL_BAR (widget);

      json_builder_add_double_value (user_data, gtk_level_bar_get_value (bar) /
                                                  gtk_level_bar_get_max_value (bar));
    }
}

/* A row of a list, by its name in style sheets; those of the header are no "row". */
static void
add_row (GtkWidget *widget,
         gpointer   user_data)
{
  JsonBuilder *builder = user_data;

  if (!g_str_equal (gtk_widget_get_css_name (widget), "row"))
    return;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "cells");
  json_builder_begin_array (builder);
  walk (widget, add_label, builder);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "selected");
  json_builder_add_boolean_value (builder, (gtk_widget_get_state_flags (widget) &
                                            GTK_STATE_FLAG_SELECTED) != 0);
  json_builder_end_object (builder);
}

static void
look (void)
{
  GtkWidget *window = GTK_WIDGET (get_window ());
  GtkColumnView *view = get_column_view ();
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  GtkAdjustment *adjustment;

  if (view == NULL && window != NULL && GTK_IS_LABEL (gtk_window_get_child (GTK_WINDOW (window))))
    {
      GtkWidget *label = gtk_window_get_child (GTK_WINDOW (window));

      text = g_strdup_printf ("{\"sensitive\": %s, \"labels\": [\"%s\"], \"rows\": []}",
                              gtk_widget_is_sensitive (label) ? "true" : "false",
                              gtk_label_get_label (GTK_LABEL (label)));
      answer (text);
      return;
    }

  if (view == NULL)
    {
      answer ("{\"sensitive\": false, \"labels\": [], \"levels\": [], \"rows\": []}");
      return;
    }

  adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (view));
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "sensitive");
  json_builder_add_boolean_value (builder, gtk_widget_is_sensitive (GTK_WIDGET (view)));
  json_builder_set_member_name (builder, "scrolled");
  json_builder_add_double_value (builder, gtk_adjustment_get_value (adjustment));
  json_builder_set_member_name (builder, "labels");
  json_builder_begin_array (builder);
  walk (window, add_label, builder);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "levels");
  json_builder_begin_array (builder);
  walk (window, add_level, builder);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "rows");
  json_builder_begin_array (builder);
  walk (GTK_WIDGET (view), add_row, builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);

  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  answer (text);
}

static void
sort_by (const char *title)
{
  GtkColumnView *view = get_column_view ();
  GListModel *columns = gtk_column_view_get_columns (view);

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      if (g_strcmp0 (gtk_column_view_column_get_title (column), title) == 0)
        {
          gtk_column_view_sort_by_column (view, column, GTK_SORT_ASCENDING);
          answer ("done");
          return;
        }
    }
  answer ("no such column");
}

static void
drawn_cb (GdkFrameClock *clock,
          gpointer       user_data)
{
  g_signal_handlers_disconnect_by_func (clock, drawn_cb, user_data);
  /* The drawing has to have reached the screen before it is looked at. */
  gdk_display_sync (gdk_display_get_default ());
  answer ("done");
}

static gboolean
command_cb (GObject  *stream,
            gpointer  user_data)
{
  GDataInputStream *input = user_data;
  g_autofree char *line = g_data_input_stream_read_line (input, NULL, NULL, NULL);

  if (line == NULL)
    return G_SOURCE_REMOVE;

  if (g_str_equal (line, "look"))
    {
      look ();
    }
  else if (g_str_has_prefix (line, "select "))
    {
      GtkSelectionModel *model = gtk_column_view_get_model (get_column_view ());

      gtk_selection_model_select_item (model, (guint) g_ascii_strtoull (line + 7, NULL, 10), TRUE);
      answer ("done");
    }
  else if (g_str_has_prefix (line, "sort "))
    {
      sort_by (line + 5);
    }
  else if (g_str_equal (line, "draw"))
    {
      GtkWidget *window = GTK_WIDGET (get_window ());

      g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (drawn_cb),
                        NULL);
      gtk_widget_queue_draw (window);
    }
  else if (g_str_equal (line, "close"))
    {
      gtk_window_close (get_window ());
      answer ("done");
    }
  else
    {
      answer ("no such command");
    }

  return G_SOURCE_CONTINUE;
}

__attribute__ ((constructor)) static void
probe_init (void)
{
  const char *path = g_getenv ("SS_PROBE");
  g_autoptr (GSocketClient) client = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSource) source = NULL;
  g_autoptr (GError) error = NULL;
  GInputStream *stream;

  if (path == NULL)
    return;

  client = g_socket_client_new ();
  address = g_unix_socket_address_new (path);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
  if (connection == NULL)
    g_error ("%s: %s", path, error->message);
  g_unsetenv ("LD_PRELOAD");
  g_unsetenv ("SS_PROBE");

  stream = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  source = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (stream), NULL);
  g_source_set_callback (source, G_SOURCE_FUNC (command_cb), g_data_input_stream_new (stream),
                         g_object_unref);
  g_source_attach (source, NULL);
}
