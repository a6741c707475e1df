/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "watched.h"

#include "server-signal-error.h"
#include "signal/server-signal-private.h"

#include "../test-json.h"
#include "../test-utils.h"

#define N_NAMES (MODEL_N_SHARED + MODEL_N_RESOLVED + 2)

typedef struct
{
  Watched      *watched;
  char         *name;
  ServerSignal *signal;    /* held */
  GHashTable   *newest;    /* epoch → revision shown last, plus one; plain: place in the truth's log */
  char         *epoch;     /* shown last */
  SsValue      *mirror;    /* made by following the patches */
  guint         n_stale;
  gboolean      frozen;
  guint         n_frozen;
  guint         shown_frozen; /* n_frozen when it showed something last */
} Replica;

/* A frame was lost or came twice: the replica has to say that it is not current. */
typedef struct
{
  char    *name;
  gpointer signal;   /* not held: only compared */
  guint    n_stale;
  guint    n_frozen;
  guint    n_ends;
} Owed;

struct _Watched
{
  Model              *model;
  Truth              *truth;
  WatchedCounts      *counts;
  Proxy              *proxy;
  ServerSignalClient *client;
  Watched            *feeder;      /* of the edge that it is at, or NULL */
  gboolean            plain;
  gboolean            edge;
  GHashTable         *replicas;    /* name → Replica */
  ProxyPipe          *pipe;        /* of the newest connection */
  gboolean            accepted;    /* the newest connection has reached the proxy */
  gboolean            broken;      /* the newest connection is */
  gboolean            moved;       /* the next connection is to another server */
  gboolean            away;        /* the origin is, see watched_set_away() */
  guint               n_ends;
  guint               n_recent_mangled;
  GPtrArray          *owed;
  char               *why;         /* it is unsettled */
  Asker              *asker;       /* NULL: it makes no calls */
};

static const char * const names[N_NAMES] = {
  "s0", "s1", "s2", "s3", "s4", "s5", MODEL_OWN, MODEL_NOTHING, "r0", "r1", "r2", "r3",
};

static void
owed_free (Owed *owed)
{
  g_free (owed->name);
  g_free (owed);
}

static void
set_broken (Watched *self)
{
  if (!self->broken)
    self->counts->n_broken++;
  self->broken = TRUE;
}

static gboolean
is_other (gpointer epoch,
          gpointer revision,
          gpointer last)
{
  return g_strcmp0 (epoch, last) != 0;
}

/* Another server may be behind. It is told what the client has, so it does not send older revisions
 * of the same life; a plain client says nothing, and what another life had before is not said
 * either. */
static void
forget_others (Watched *self)
{
  GHashTableIter iter;
  Replica *replica;

  g_hash_table_iter_init (&iter, self->replicas);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &replica))
    g_hash_table_foreach_remove (replica->newest, is_other,
                                 /* One that is frozen may hold another life than the one that it
                                  * showed. */
                                 self->plain || replica->frozen ? NULL : replica->epoch);
}

static void
accepted_cb (ProxyPipe *pipe,
             gpointer   user_data)
{
  Watched *self = user_data;

  /* libsoup tries once more by itself when a connection ends before an answer. */
  if (self->accepted && self->broken)
    self->counts->n_noticed++;
  if (self->accepted && self->moved)
    {
      forget_others (self);
      self->moved = FALSE;
    }
  self->broken = FALSE;
  self->accepted = TRUE;
  self->pipe = pipe;
  if (pipe == NULL)
    set_broken (self);
}

static void
broken_cb (ProxyPipe *pipe,
           gpointer   user_data)
{
  Watched *self = user_data;

  if (pipe == self->pipe)
    set_broken (self);
}

static void
deserted_cb (ProxyPipe *pipe,
             gpointer   user_data)
{
  Watched *self = user_data;

  if (pipe == self->pipe)
    g_error ("the server ended a connection to which nothing was done");
}

static void
cut_cb (ProxyPipe *pipe,
        ProxyWay   way,
        ProxyEnd   end,
        gpointer   user_data)
{
  Watched *self = user_data;

  self->counts->n_cuts[way][end]++;
}

static void
mangled_cb (ProxyPipe   *pipe,
            ProxyMangle  what,
            const char  *name,
            gpointer     user_data)
{
  Watched *self = user_data;
  Replica *replica = g_hash_table_lookup (self->replicas, name);
  Owed *owed;

  if (pipe != self->pipe)
    return;

  self->counts->n_mangles[what]++;
  self->n_recent_mangled++;
  /* A replica that is not current does not look at it, and a frozen one tells only the end of what
   * happens. */
  if (replica == NULL || replica->frozen || server_signal_get_stale (replica->signal))
    return;

  owed = g_new0 (Owed, 1);
  owed->name = g_strdup (name);
  owed->signal = replica->signal;
  owed->n_stale = replica->n_stale;
  owed->n_frozen = replica->n_frozen;
  owed->n_ends = self->n_ends;
  g_ptr_array_add (self->owed, owed);
  self->counts->n_owed++;
}

/* It said so; or nobody needs it any more, for it was released, or the connection is over. */
static gboolean
is_paid (Watched *self,
         Owed    *owed,
         Replica *replica)
{
  return replica->signal != owed->signal || replica->n_stale > owed->n_stale ||
         replica->n_frozen > owed->n_frozen || self->n_ends > owed->n_ends;
}

/* A hub sends one if it is smaller than the missed updates: it heals a fault that nobody has
 * noticed. */
static void
renewed_cb (ProxyPipe  *pipe,
            const char *name,
            gpointer    user_data)
{
  Watched *self = user_data;

  for (guint i = self->owed->len; i > 0; i--)
    {
      Owed *owed = g_ptr_array_index (self->owed, i - 1);
      Replica *replica = g_hash_table_lookup (self->replicas, name);

      if (strcmp (owed->name, name) != 0 || replica == NULL || is_paid (self, owed, replica))
        continue;

      g_ptr_array_remove_index (self->owed, i - 1);
      self->counts->n_owed--;
    }
}

/* Port → ProxyPipe, of connections that clients have had open and that have not ended. */
static GHashTable *ports;

gboolean
watched_is_client (GInetSocketAddress *address)
{
  guint port = g_inet_socket_address_get_port (address);

  return !proxy_is_ghost (address) && ports != NULL &&
         g_hash_table_contains (ports, GUINT_TO_POINTER (port));
}

static void
remember_port (ProxyPipe *pipe)
{
  if (ports == NULL)
    ports = g_hash_table_new (NULL, NULL);
  if (pipe != NULL)
    g_hash_table_insert (ports, GUINT_TO_POINTER (proxy_pipe_get_port (pipe)), pipe);
}

static gboolean
is_pipe (gpointer port,
         gpointer pipe,
         gpointer ended)
{
  return pipe == ended;
}

static void
sent_cb (ProxyPipe  *pipe,
         const char *text,
         gsize       length,
         gpointer    user_data)
{
  Watched *self = user_data;

  if (self->feeder == NULL && !self->moved && pipe == self->pipe)
    model_check_sent (self->model, proxy_pipe_get_port (pipe), text, length);
}

static void
ended_cb (ProxyPipe *pipe,
          gpointer   user_data)
{
  Watched *self = user_data;

  if (ports != NULL)
    g_hash_table_foreach_remove (ports, is_pipe, pipe);

  if (pipe == self->pipe)
    self->pipe = NULL;
}

static const ProxyFuncs proxy_funcs = {
  .accepted = accepted_cb,
  .broken = broken_cb,
  .deserted = deserted_cb,
  .cut = cut_cb,
  .mangled = mangled_cb,
  .renewed = renewed_cb,
  .sent = sent_cb,
  .ended = ended_cb,
};

/* The newest connection is over for the client. */
static void
connection_over (Watched *self)
{
  if (self->moved)
    forget_others (self);
  self->moved = FALSE;
  self->n_ends++;
  self->pipe = NULL;
  self->broken = FALSE;
  self->accepted = FALSE;
}

/* Nobody vouches for what there is. */
static void
assert_all_stale (Watched *self)
{
  GHashTableIter iter;
  Replica *replica;

  g_hash_table_iter_init (&iter, self->replicas);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &replica))
    g_assert_true (server_signal_get_stale (replica->signal));
}

static void
state_cb (ServerSignalClient *client,
          GParamSpec         *pspec,
          gpointer            user_data)
{
  Watched *self = user_data;
  const GError *error = server_signal_client_get_error (client);

  switch (server_signal_client_get_state (client))
    {
    case SERVER_SIGNAL_CLIENT_STATE_WAITING:
      g_assert_nonnull (error);
      /* Updates that do not fit make it ask again, and in the end connect again. */
      if (!self->broken && !(self->n_recent_mangled > 0 && error->domain == SERVER_SIGNAL_ERROR))
        g_error ("a connection to which nothing was done was lost: %s", error->message);
      if (self->broken)
        self->counts->n_noticed++;
      connection_over (self);
      assert_all_stale (self);
      break;

    case SERVER_SIGNAL_CLIENT_STATE_IDLE:
      if (self->broken)
        self->counts->n_left++;
      connection_over (self);
      assert_all_stale (self);
      break;

    case SERVER_SIGNAL_CLIENT_STATE_CONNECTING:
      self->counts->n_connections++;
      break;

    case SERVER_SIGNAL_CLIENT_STATE_OPEN:
      g_assert_cmpstr (server_signal_client_get_protocol (client), ==,
                       self->plain ? "plain" : "server-signal.v1");
      remember_port (self->pipe);
      break;

    case SERVER_SIGNAL_CLIENT_STATE_CLOSED:
    default:
      g_error ("the client gave up: %s", error->message);
    }
}

static void
check_shown (Replica *replica)
{
  Watched *self = replica->watched;
  ServerSignal *signal = replica->signal;
  const char *epoch = server_signal_get_epoch (signal);
  guint64 revision = server_signal_get_revision (signal);
  g_autoptr (SsValue) document = ss_signal_ref_committed (signal);
  g_autofree char *text = truth_text (document);
  const char *expected;

  if (self->plain)
    {
      /* One that was frozen while its connection was lost may show late what the next server does
       * not have yet. */
      g_autoptr (GHashTable) anywhere =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

      if (!truth_find (self->truth, replica->name, text,
                       server_signal_get_stale (signal) ? anywhere : replica->newest))
        {
          g_autofree char *places =
            truth_describe (self->truth, replica->name, text, replica->newest);

          g_error ("plain “%s” of %s shows what the server never had, or not any more: %s\n%s",
                   replica->name, self->feeder != NULL ? "an edge" : "the server", text, places);
        }
      return;
    }

  expected = truth_lookup (self->truth, replica->name, epoch, revision);
  if (g_strcmp0 (text, expected) != 0)
    g_error ("“%s” shows at revision %" G_GUINT64_FORMAT " of %s\n%s\nand the server had\n%s",
             replica->name, revision, epoch, text, expected);
}

static void
value_cb (ServerSignal *signal,
          GParamSpec   *pspec,
          gpointer      user_data)
{
  Replica *replica = user_data;
  const char *epoch = server_signal_get_epoch (signal);
  guint64 revision = server_signal_get_revision (signal);
  guint64 last;

  replica->watched->counts->n_shown++;
  check_shown (replica);
  if (replica->watched->plain)
    return;

  last = GPOINTER_TO_SIZE (g_hash_table_lookup (replica->newest, epoch));
  /* A signal of the peer's own may have stood before this one meanwhile, seen by nobody when it was
   * frozen. */
  if (revision + 1 < last || (revision + 1 == last && g_strcmp0 (epoch, replica->epoch) == 0 &&
                              replica->shown_frozen == replica->n_frozen))
    g_error ("“%s” shows revision %" G_GUINT64_FORMAT " after %" G_GUINT64_FORMAT " of %s",
             replica->name, revision, last - 1, epoch);
  g_hash_table_insert (replica->newest, g_strdup (epoch), GSIZE_TO_POINTER (revision + 1));
  g_free (replica->epoch);
  replica->epoch = g_strdup (epoch);
  replica->shown_frozen = replica->n_frozen;
}

static void
patched_cb (ServerSignal      *signal,
            ServerSignalPatch *patch,
            gpointer           user_data)
{
  Replica *replica = user_data;
  g_autoptr (SsValue) document = ss_signal_ref_committed (signal);
  g_autoptr (GError) error = NULL;

  ss_patch_apply (patch, &replica->mirror, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ss_value_equal (replica->mirror, document));
}

/* It cannot be told that nobody vouches for what it gets. */
static gboolean
is_deaf (Watched *self)
{
  return self->plain && self->feeder != NULL;
}

static void
stale_cb (ServerSignal *signal,
          GParamSpec   *pspec,
          gpointer      user_data)
{
  Replica *replica = user_data;

  if (server_signal_get_stale (signal))
    replica->n_stale++;
  else if (replica->watched->away && !is_deaf (replica->watched))
    g_error ("“%s” is called current while its origin is away", replica->name);
  else if (!replica->frozen)
    check_shown (replica);
}

static void
replica_free (Replica *replica)
{
  if (replica->frozen)
    g_object_thaw_notify (G_OBJECT (replica->signal));
  g_signal_handlers_disconnect_by_data (replica->signal, replica);
  g_object_unref (replica->signal);
  ss_value_clear (&replica->mirror);
  g_hash_table_unref (replica->newest);
  g_free (replica->epoch);
  g_free (replica->name);
  g_free (replica);
}

static void
ask_for (Watched    *self,
         const char *name)
{
  Replica *replica = g_new0 (Replica, 1);

  replica->watched = self;
  replica->name = g_strdup (name);
  replica->newest = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  replica->signal = g_object_ref (server_signal_client_get_signal (self->client, name));
  replica->mirror = ss_signal_ref_committed (replica->signal);
  g_hash_table_insert (self->replicas, replica->name, replica);
  g_signal_connect (replica->signal, "patched", G_CALLBACK (patched_cb), replica);
  g_signal_connect (replica->signal, "notify::value", G_CALLBACK (value_cb), replica);
  g_signal_connect (replica->signal, "notify::stale", G_CALLBACK (stale_cb), replica);
}

/* Where updates were lost or doubled, the replica learns of it with the next one only. */
static ServerSignal *
find_current (const char *name,
              gpointer    user_data)
{
  Watched *self = user_data;
  Replica *replica = g_hash_table_lookup (self->replicas, name);

  return replica != NULL && !replica->frozen && !server_signal_get_stale (replica->signal) &&
             self->n_recent_mangled == 0
           ? replica->signal
           : NULL;
}

Watched *
watched_new (Model         *model,
             Truth         *truth,
             gboolean       plain,
             gboolean       edge,
             WatchedCounts *counts)
{
  Watched *self = g_new0 (Watched, 1);
  /* Asking for proxies is done by threads, which do not run while the clock does. */
  g_autoptr (SoupSession) session = soup_session_new_with_options ("proxy-resolver", NULL, NULL);
  g_autofree char *uri = NULL;

  self->model = model;
  self->truth = truth;
  self->counts = counts;
  self->plain = plain;
  self->edge = edge;
  self->owed = g_ptr_array_new_with_free_func ((GDestroyNotify) owed_free);
  self->replicas =
    g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) replica_free);
  self->proxy = proxy_new (model_get_port (model), plain, &proxy_funcs, self);

  uri = g_strdup_printf ("ws://%s:%u/ws", proxy_host (), proxy_get_port (self->proxy));
  self->client = server_signal_client_new (uri);
  g_object_set (self->client, "session", session, "retry-min", 1, "retry-max", 50,
                "connect-timeout", 5000, "keepalive-interval", 3000, NULL);
  g_signal_connect (self->client, "notify::state", G_CALLBACK (state_cb), self);
  for (guint i = 0; i < N_NAMES; i++)
    if (edge ? i < MODEL_N_SHARED : g_test_rand_int_range (0, 4) > 0)
      ask_for (self, names[i]);
  server_signal_client_start (self->client);
  if (!plain && !edge)
    self->asker = asker_new (self->client, find_current, self, &counts->calls);

  return self;
}

gboolean
watched_is_stale (Watched *self)
{
  GHashTableIter iter;
  const Replica *replica;

  if (is_deaf (self))
    return TRUE;

  g_hash_table_iter_init (&iter, self->replicas);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &replica))
    if (!server_signal_get_stale (replica->signal))
      return FALSE;

  return TRUE;
}

void
watched_set_away (Watched  *self,
                  gboolean  away)
{
  self->away = away;
}

void
watched_free (Watched *self)
{
  ServerSignalClient *client = self->client;

  if (self->broken)
    self->counts->n_left++;
  self->counts->n_owed -= self->owed->len;
  g_signal_handlers_disconnect_by_data (client, self);
  g_hash_table_unref (self->replicas);
  server_signal_client_stop (client);
  /* Its connections may break or stay from now on. */
  self->pipe = NULL;
  proxy_free (self->proxy);
  while (self->asker != NULL && asker_is_waiting (self->asker))
    g_main_context_iteration (NULL, FALSE);
  g_clear_pointer (&self->asker, asker_free);
  /* The hub that an edge has fed lets it go from the main loop. */
  g_object_add_weak_pointer (G_OBJECT (client), (gpointer *) &client);
  g_object_unref (client);
  WAIT_UNTIL (client == NULL || !self->edge);
  g_assert_null (client);
  g_ptr_array_unref (self->owed);
  g_free (self->why);
  g_free (self);
}

Proxy *
watched_get_proxy (Watched *self)
{
  return self->proxy;
}

ProxyPipe *
watched_get_pipe (Watched *self)
{
  return self->pipe;
}

gboolean
watched_asks (Watched    *self,
              const char *name)
{
  GListModel *signals = server_signal_client_get_signals (self->client);

  if (self->plain)
    return !model_is_resolved (name) && (self->feeder == NULL || name[0] == 's');

  for (guint i = 0; i < g_list_model_get_n_items (signals); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);

      if (strcmp (server_signal_get_name (signal), name) == 0)
        return TRUE;
    }

  return FALSE;
}

ServerSignalClient *
watched_get_client (Watched *self)
{
  return self->client;
}

ServerSignal *
watched_get_replica (Watched    *self,
                     const char *name)
{
  Replica *replica = g_hash_table_lookup (self->replicas, name);

  return replica != NULL ? replica->signal : NULL;
}

void
watched_set_feeder (Watched *self,
                    Watched *feeder,
                    guint16  port)
{
  if (self->accepted)
    self->moved = TRUE;
  else
    forget_others (self);
  self->feeder = feeder;
  proxy_set_upstream (self->proxy, port);
}

Watched *
watched_get_feeder (Watched *self)
{
  return self->feeder;
}

static Replica *
pick_replica (Watched *self)
{
  return g_hash_table_lookup (self->replicas, names[g_test_rand_int_range (0, N_NAMES)]);
}

void
watched_act (Watched *self)
{
  const char *name = names[g_test_rand_int_range (0, N_NAMES)];
  Replica *replica = pick_replica (self);

  switch (g_test_rand_int_range (0, self->edge ? 2 : 8))
    {
    case 0:
      server_signal_client_stop (self->client);
      proxy_forget_pending (self->proxy);
      if (g_test_rand_bit ())
        server_signal_client_start (self->client);
      break;

    case 1:
      if (server_signal_client_get_state (self->client) == SERVER_SIGNAL_CLIENT_STATE_IDLE)
        server_signal_client_start (self->client);
      break;

    case 2:
    case 3:
      if (replica != NULL)
        {
          server_signal_client_release (self->client, replica->name);
          g_assert_true (server_signal_get_stale (replica->signal));
          g_hash_table_remove (self->replicas, replica->name);
        }
      break;

    case 4:
    case 5:
      if (!g_hash_table_contains (self->replicas, name))
        ask_for (self, name);
      break;

    case 6:
      if (replica != NULL && !replica->frozen)
        {
          replica->frozen = TRUE;
          replica->n_frozen++;
          g_object_freeze_notify (G_OBJECT (replica->signal));
        }
      break;

    default:
      if (replica != NULL && replica->frozen)
        {
          replica->frozen = FALSE;
          g_object_thaw_notify (G_OBJECT (replica->signal));
        }
      break;
    }
}

void
watched_ask (Watched *self)
{
  if (self->asker != NULL)
    asker_ask (self->asker);
}

void
watched_finish (Watched *self)
{
  for (guint i = 0; i < N_NAMES; i++)
    {
      Replica *replica = g_hash_table_lookup (self->replicas, names[i]);

      if (replica != NULL && replica->frozen)
        {
          replica->frozen = FALSE;
          g_object_thaw_notify (G_OBJECT (replica->signal));
        }
    }

  if (server_signal_client_get_state (self->client) == SERVER_SIGNAL_CLIENT_STATE_IDLE)
    server_signal_client_start (self->client);
}

static gboolean
is_same (Watched      *self,
         ServerSignal *replica,
         ServerSignal *signal)
{
  if (server_signal_get_stale (replica))
    return FALSE;

  if (!self->plain &&
      (server_signal_get_revision (replica) != server_signal_get_revision (signal) ||
       strcmp (server_signal_get_epoch (replica), server_signal_get_epoch (signal)) != 0))
    return FALSE;

  return ss_value_equal (ss_signal_peek (replica), ss_signal_peek (signal));
}

const char *
watched_is_unsettled (Watched *self)
{
  ProxyPipe *origin;

  if (server_signal_client_get_state (self->client) != SERVER_SIGNAL_CLIENT_STATE_OPEN)
    return "it is not connected";
  if (self->pipe == NULL || self->broken)
    {
      g_autofree char *proxy = proxy_describe (self->proxy);

      g_free (self->why);
      self->why =
        g_strdup_printf ("its connection (%p) is broken and it has not noticed; the proxy:\n%s",
                         (void *) self->pipe, proxy);
      return self->why;
    }

  if (self->asker != NULL && asker_is_waiting (self->asker))
    return "a call has not ended";

  origin = self->feeder != NULL ? self->feeder->pipe : self->pipe;
  for (guint i = 0; i < N_NAMES; i++)
    {
      Replica *replica = g_hash_table_lookup (self->replicas, names[i]);
      ServerSignal *signal;

      if (origin == NULL ||
          !model_find (self->model, proxy_pipe_get_port (origin), names[i], &signal))
        return "the server does not know it";
      /* An edge goes on with the documents that it has, and has none of its own. */
      if (replica == NULL ||
          (self->feeder != NULL && (signal == NULL || strcmp (names[i], MODEL_OWN) == 0)))
        continue;
      /* It cannot ask. */
      if (self->plain && model_is_resolved (names[i]))
        {
          g_assert_true (server_signal_get_stale (replica->signal));
          continue;
        }

      /* In plain nobody says that a signal is gone. */
      if (signal == NULL && !self->plain && !server_signal_get_stale (replica->signal))
        return "it takes a signal for current that is not there";
      if (signal != NULL && !is_same (self, replica->signal, signal))
        {
          g_free (self->why);
          self->why =
            g_strdup_printf ("“%s” is revision %" G_GUINT64_FORMAT
                             " of %s%s and not %" G_GUINT64_FORMAT " of %s",
                             names[i], server_signal_get_revision (replica->signal),
                             server_signal_get_epoch (replica->signal),
                             server_signal_get_stale (replica->signal) ? ", stale," : "",
                             server_signal_get_revision (signal), server_signal_get_epoch (signal));
          return self->why;
        }
    }

  return NULL;
}

void
watched_check (Watched *self)
{
  for (guint i = 0; i < self->owed->len; i++)
    {
      Owed *owed = g_ptr_array_index (self->owed, i);
      Replica *replica = g_hash_table_lookup (self->replicas, owed->name);
      ProxyPipe *origin = self->feeder != NULL ? self->feeder->pipe : self->pipe;
      ServerSignal *signal;

      if (replica == NULL || is_paid (self, owed, replica))
        self->counts->n_paid++;
      /* Nothing has come after it from an edge whose server has taken the signal away. */
      else if (self->feeder != NULL &&
               model_find (self->model, proxy_pipe_get_port (origin), owed->name, &signal) &&
               signal == NULL)
        self->counts->n_owed--;
      else
        g_error ("an update of “%s” was lost or doubled, and it never said so", owed->name);
    }
  g_ptr_array_set_size (self->owed, 0);
  self->n_recent_mangled = 0;

  for (guint i = 0; i < N_NAMES; i++)
    {
      Replica *replica = g_hash_table_lookup (self->replicas, names[i]);

      if (replica == NULL)
        continue;
      g_hash_table_remove_all (replica->newest);
      if (!self->plain && !server_signal_get_stale (replica->signal))
        g_hash_table_insert (replica->newest, g_strdup (server_signal_get_epoch (replica->signal)),
                             GSIZE_TO_POINTER (server_signal_get_revision (replica->signal) + 1));
    }
}
