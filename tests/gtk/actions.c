/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <gtk/gtk.h>

#include "libserver-signal.h"

/* Widgets whose actions are those of a server: they grey out, follow and ask. */

typedef struct
{
  ServerSignalHub    *hub;
  GSimpleActionGroup *group;
  ServerSignalClient *client;
  GtkWidget          *window;
  GtkWidget          *play;   /* "player.play" */
  GtkWidget          *mute;   /* "player.mute", a check button */
  GtkWidget          *menu;   /* a menu button with the same items */
  guint               n_played;
} Fixture;

#define DEADLINE_SECONDS 30

static gboolean
over_cb (gpointer over)
{
  *(gboolean *) over = TRUE;

  return G_SOURCE_CONTINUE;
}

#define WAIT_UNTIL(condition) \
  G_STMT_START \
  { \
    gboolean wait_over = FALSE; \
    guint wait_id = g_timeout_add_seconds (DEADLINE_SECONDS, over_cb, &wait_over); \
    while (!(condition) && !wait_over) \
      g_main_context_iteration (NULL, TRUE); \
    g_source_remove (wait_id); \
    if (wait_over) \
      g_error ("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition); \
  } \
  G_STMT_END

static void
play_cb (GSimpleAction *action,
         GVariant      *parameter,
         gpointer       user_data)
{
  Fixture *self = user_data;

  self->n_played++;
}

static const GActionEntry entries[] = {
  { .name = "play", .activate = play_cb },
  { .name = "mute", .state = "false" },
};

static GSimpleAction *
lookup (Fixture    *self,
        const char *name)
{
  return G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->group), name));
}

/* The first widget below that has the type of that name. */
static GtkWidget *
find (GtkWidget  *widget,
      const char *type)
{
  if (g_str_equal (G_OBJECT_TYPE_NAME (widget), type))
    return widget;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GMenu) menu = g_menu_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->group = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->group), entries, G_N_ELEMENTS (entries),
                                   self);
  self->hub = server_signal_hub_new ();
  server_signal_hub_add_action_group (self->hub, "player", G_ACTION_GROUP (self->group));
  server_signal_hub_listen (self->hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (self->hub);
  self->client = server_signal_client_new (uri);
  server_signal_client_set_retry_min (self->client, 1);
  server_signal_client_set_retry_max (self->client, 10);

  self->window = gtk_window_new ();
  self->play = gtk_button_new_with_label ("Play");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->play), "player.play");
  self->mute = gtk_check_button_new_with_label ("Mute");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->mute), "player.mute");
  g_menu_append (menu, "Mute", "player.mute");
  self->menu = gtk_menu_button_new ();
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->menu), G_MENU_MODEL (menu));
  gtk_box_append (GTK_BOX (box), self->play);
  gtk_box_append (GTK_BOX (box), self->mute);
  gtk_box_append (GTK_BOX (box), self->menu);
  gtk_window_set_child (GTK_WINDOW (self->window), box);
  gtk_widget_insert_action_group (self->window, "player",
                                  server_signal_client_get_action_group (self->client, "player"));
  gtk_window_present (GTK_WINDOW (self->window));
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  gtk_window_destroy (GTK_WINDOW (self->window));
  server_signal_client_stop (self->client);
  g_object_unref (self->client);
  server_signal_hub_close (self->hub);
  g_object_unref (self->hub);
  g_object_unref (self->group);
}

static gboolean
is_active (GtkWidget *item)
{
  gboolean active;

  g_object_get (item, "active", &active, NULL);

  return active;
}

static void
close_peers (Fixture *self)
{
  g_autoptr (ServerSignalPeer) peer =
    g_list_model_get_item (server_signal_hub_get_peers (self->hub), 0);

  server_signal_peer_close (peer, 1001, NULL);
}

/* A button is grey until the server is there, while it has the action disabled, and while it is away. */
static void
test_button (Fixture       *self,
             gconstpointer  data)
{
  g_assert_false (gtk_widget_get_sensitive (self->play));
  server_signal_client_start (self->client);
  WAIT_UNTIL (gtk_widget_get_sensitive (self->play));

  g_signal_emit_by_name (self->play, "clicked");
  WAIT_UNTIL (self->n_played == 1);

  g_simple_action_set_enabled (lookup (self, "play"), FALSE);
  WAIT_UNTIL (!gtk_widget_get_sensitive (self->play));
  g_assert_true (gtk_widget_get_sensitive (self->mute));
  g_simple_action_set_enabled (lookup (self, "play"), TRUE);
  WAIT_UNTIL (gtk_widget_get_sensitive (self->play));

  server_signal_client_set_retry_min (self->client, 600000);
  server_signal_client_set_retry_max (self->client, 600000);
  close_peers (self);
  WAIT_UNTIL (!gtk_widget_get_sensitive (self->play));
  g_assert_false (gtk_widget_get_sensitive (self->mute));
  server_signal_client_start (self->client);
  WAIT_UNTIL (gtk_widget_get_sensitive (self->play));
}

/* A check button, and an item of a menu, follow the server's state and change it by asking. */
static void
test_check (Fixture       *self,
            gconstpointer  data)
{
  GtkWidget *item;

  server_signal_client_start (self->client);
  WAIT_UNTIL (gtk_widget_get_sensitive (self->mute));
  g_assert_false (gtk_check_button_get_active (GTK_CHECK_BUTTON (self->mute)));
  gtk_menu_button_popup (GTK_MENU_BUTTON (self->menu));
  item = find (self->menu, "GtkModelButton");
  g_assert_nonnull (item);
  g_assert_true (gtk_widget_get_sensitive (item));
  g_assert_false (is_active (item));

  g_simple_action_set_state (lookup (self, "mute"), g_variant_new_boolean (TRUE));
  WAIT_UNTIL (gtk_check_button_get_active (GTK_CHECK_BUTTON (self->mute)));
  WAIT_UNTIL (is_active (item));

  /* As a click does. */
  gtk_widget_activate_action (self->mute, "player.mute", NULL);
  WAIT_UNTIL (!gtk_check_button_get_active (GTK_CHECK_BUTTON (self->mute)));
  g_assert_false (
    g_variant_get_boolean (g_action_group_get_action_state (G_ACTION_GROUP (self->group), "mute")));
  WAIT_UNTIL (!is_active (item));

  g_simple_action_set_enabled (lookup (self, "mute"), FALSE);
  WAIT_UNTIL (!gtk_widget_get_sensitive (item));
}

int
main (int   argc,
      char *argv[])
{
  /* There is no session bus where tests run. */
  g_setenv ("GTK_A11Y", "none", TRUE);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP no display\n");
      return 0;
    }

  g_test_init (&argc, &argv, NULL);
  g_test_add ("/gtk/actions/button", Fixture, NULL, set_up, test_button, tear_down);
  g_test_add ("/gtk/actions/check", Fixture, NULL, set_up, test_check, tear_down);

  return g_test_run ();
}
