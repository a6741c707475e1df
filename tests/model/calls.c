/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "calls.h"

#include "server-signal-error.h"
#include "ss-limits.h"

typedef struct
{
  gboolean once;   /* it may be done once in all */
  guint    life;   /* of the hub, in which it was done last */
  gint64   time;
} Deed;

struct _Clerk
{
  ClerkPick   pick;
  gpointer    user_data;
  GHashTable *deeds;   /* token → Deed */
  GPtrArray  *kept;    /* ServerSignalCall */
  guint       life;
  gboolean    quiet;
};

struct _Asker
{
  grefcount           refs;   /* the owner's and one for each call */
  ServerSignalClient *client;
  AskerFind           find;   /* NULL: the owner has gone */
  gpointer            user_data;
  CallCounts         *counts;
  guint               n_waiting;
  GCancellable       *cancellable;
};

static guint n_tokens;
static ClerkIsClient is_client;

void
clerk_set_is_client (ClerkIsClient func)
{
  is_client = func;
}

Clerk *
clerk_new (ClerkPick pick,
           gpointer  user_data)
{
  Clerk *self = g_new0 (Clerk, 1);

  self->pick = pick;
  self->user_data = user_data;
  self->deeds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->kept = g_ptr_array_new_with_free_func (g_object_unref);

  return self;
}

void
clerk_free (Clerk *self)
{
  g_ptr_array_unref (self->kept);
  g_hash_table_unref (self->deeds);
  g_free (self);
}

/* Writes something, and says what the signal is then: {"name", "epoch", "revision"}. NULL: there is none. */
static JsonNode *
write_something (Clerk *self)
{
  ServerSignal *signal = self->pick (self->user_data);
  g_autofree char *json = NULL;

  if (signal == NULL)
    return NULL;

  /* The document may be anything. */
  for (int i = g_test_rand_int_range (0, 3); i > 0; i--)
    server_signal_set_int (signal, "/count", g_test_rand_int (), NULL);

  json = g_strdup_printf ("{\"name\":\"%s\",\"epoch\":\"%s\",\"revision\":%" G_GUINT64_FORMAT "}",
                          server_signal_get_name (signal), server_signal_get_epoch (signal),
                          server_signal_get_revision (signal));

  return json_from_string (json, NULL);
}

static void
answer (Clerk            *self,
        ServerSignalCall *call)
{
  g_autoptr (JsonNode) node = NULL;

  switch (g_test_rand_int_range (0, 12))
    {
    case 0:
      server_signal_call_fail (call, "no", "not today", NULL);
      return;

    case 1:
      /* Dropped. */
      return;

    default:
      node = write_something (self);
      if (g_test_rand_int_range (0, 4) == 0 && node != NULL)
        {
          server_signal_call_progress (call, node);
          g_clear_pointer (&node, json_node_unref);
          node = write_something (self);
        }
      server_signal_call_return (call, node);
    }
}

/* Nothing is done twice, unless it may be: by another life of the hub, or when it was long ago. */
static void
note_deed (Clerk            *self,
           ServerSignalCall *call)
{
  g_autoptr (JsonNode) arguments = server_signal_call_dup_arguments (call);
  JsonObject *object = json_node_get_object (arguments);
  const char *token = json_object_get_string_member (object, "token");
  Deed *deed = g_hash_table_lookup (self->deeds, token);
  gint64 now = g_get_monotonic_time ();

  if (deed == NULL)
    {
      deed = g_new0 (Deed, 1);
      deed->once = json_object_get_boolean_member (object, "once");
      g_hash_table_insert (self->deeds, g_strdup (token), deed);
    }
  else if (deed->once)
    {
      g_error ("%s was done twice", token);
    }
  else if (deed->life == self->life && now - deed->time < SS_ANSWERS_KEPT_SECONDS * G_USEC_PER_SEC)
    {
      g_error ("%s was done twice by one hub", token);
    }
  deed->life = self->life;
  deed->time = now;
}

static gboolean
call_cb (ServerSignalHub  *hub,
         ServerSignalCall *call,
         Clerk            *self)
{
  GSocketAddress *address =
    server_signal_peer_get_remote_address (server_signal_call_get_peer (call));

  if (is_client == NULL || is_client (G_INET_SOCKET_ADDRESS (address)))
    note_deed (self, call);
  if (self->quiet || g_test_rand_bit ())
    answer (self, call);
  else
    g_ptr_array_add (self->kept, g_object_ref (call));

  return TRUE;
}

void
clerk_serve (Clerk           *self,
             ServerSignalHub *hub)
{
  self->life++;
  g_signal_connect (hub, "call::write", G_CALLBACK (call_cb), self);
}

void
clerk_leave (Clerk *self)
{
  g_ptr_array_set_size (self->kept, 0);
}

static void
answer_one (Clerk *self)
{
  guint at = (guint) g_test_rand_int_range (0, (int) self->kept->len);
  g_autoptr (ServerSignalCall) call = g_ptr_array_steal_index_fast (self->kept, at);

  answer (self, call);
}

void
clerk_step (Clerk *self)
{
  self->quiet = FALSE;
  if (self->kept->len > 0 && g_test_rand_int_range (0, 3) == 0)
    answer_one (self);
}

void
clerk_finish (Clerk *self)
{
  self->quiet = TRUE;
  while (self->kept->len > 0)
    answer_one (self);
}

Asker *
asker_new (ServerSignalClient *client,
           AskerFind           find,
           gpointer            user_data,
           CallCounts         *counts)
{
  Asker *self = g_new0 (Asker, 1);

  g_ref_count_init (&self->refs);
  self->client = client;
  self->find = find;
  self->user_data = user_data;
  self->counts = counts;
  self->cancellable = g_cancellable_new ();

  return self;
}

static void
unref (gpointer data)
{
  Asker *self = data;

  if (!g_ref_count_dec (&self->refs))
    return;

  g_object_unref (self->cancellable);
  g_free (self);
}

void
asker_free (Asker *self)
{
  self->find = NULL;
  unref (self);
}

/* A client that is told of a revision has it. */
static void
check (Asker    *self,
       JsonNode *said)
{
  JsonObject *object;
  ServerSignal *replica;
  guint64 revision;

  if (self->find == NULL || json_node_is_null (said))
    return;

  object = json_node_get_object (said);
  replica = self->find (json_object_get_string_member (object, "name"), self->user_data);
  if (replica == NULL || g_strcmp0 (server_signal_get_epoch (replica),
                                    json_object_get_string_member (object, "epoch")) != 0)
    return;

  revision = (guint64) json_object_get_int_member (object, "revision");
  if (server_signal_get_revision (replica) < revision)
    g_error ("“%s” is at revision %" G_GUINT64_FORMAT " when an answer tells of %" G_GUINT64_FORMAT,
             server_signal_get_name (replica), server_signal_get_revision (replica), revision);
  self->counts->n_checked++;
}

static void
progress_cb (ServerSignalClient *client,
             JsonNode           *value,
             gpointer            user_data)
{
  check (user_data, value);
}

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Asker *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value =
    server_signal_client_call_full_finish (SERVER_SIGNAL_CLIENT (source), result, &error);

  self->n_waiting--;
  if (value != NULL)
    {
      self->counts->n_answered++;
      check (self, value);
    }
  else if (g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CALL_FAILED))
    {
      self->counts->n_failed++;
    }
  else if (g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED))
    {
      self->counts->n_closed++;
    }
  else
    {
      g_assert_true (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED) ||
                     g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
    }
  unref (self);
}

void
asker_ask (Asker *self)
{
  gboolean once = g_test_rand_bit ();
  g_autofree char *json =
    g_strdup_printf ("{\"token\":\"t%u\",\"once\":%s}", n_tokens++, once ? "true" : "false");
  g_autoptr (JsonNode) arguments = json_from_string (json, NULL);

  /* Some change their mind. */
  if (g_test_rand_int_range (0, 20) == 0)
    {
      g_cancellable_cancel (self->cancellable);
      g_object_unref (self->cancellable);
      self->cancellable = g_cancellable_new ();
    }

  self->counts->n_asked++;
  self->n_waiting++;
  g_ref_count_inc (&self->refs);
  server_signal_client_call_full_async (self->client, "write", arguments,
                                        once ? SERVER_SIGNAL_CALL_NONE
                                             : SERVER_SIGNAL_CALL_IDEMPOTENT,
                                        progress_cb, self, NULL, self->cancellable, answered_cb,
                                        self);
}

gboolean
asker_is_waiting (Asker *self)
{
  return self->n_waiting > 0;
}
