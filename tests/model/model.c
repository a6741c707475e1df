/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "model.h"

#include "calls.h"
#include "json/ss-node.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"

#include "../test-json.h"
#include "../test-utils.h"

#define DOCUMENT_BYTES 2000  /* larger ones start again */
#define SHADOWED "s1"
#define N_HIDEABLE (MODEL_N_SHARED + MODEL_N_RESOLVED)
#define FLOOD_BYTES (3 * 1024 * 1024)  /* more than the kernel takes for one who does not read */
#define FLOOD_COMMITS 24

struct _Model
{
  Truth           *truth;
  ServerSignalHub *hub;
  guint16          port;
  ServerSignal    *shared[MODEL_N_SHARED];
  gboolean         added[MODEL_N_SHARED];
  guint            n_merged; /* by hubs that are gone */
  GPtrArray       *own;      /* ServerSignal, of peers that are there */
  GPtrArray       *frozen;   /* ServerSignal, each as often as it is frozen */
  Clerk           *clerk;
  GHashTable      *sights;   /* port of a peer → Sight */
  gboolean         hides;
  guint            n_reviews;
  guint            n_sent;
  GPtrArray       *resolved; /* ServerSignal, made on demand; they go from here when they go */
  GPtrArray       *pairs;    /* Pair, of which the hub has told */
  guint            n_resolved;
  guint            n_let_go;
  guint            n_followed;
  char            *why;
};

/* A signal and a peer that follows it, neither held. */
typedef struct
{
  gpointer signal;
  gpointer peer;
} Pair;

/* The signals that one peer may see, shared ones and those made on demand: a bit for each of the names. */
typedef struct
{
  guint hidden;
  guint ever;     /* it was shown, since the peer came */
} Sight;

static const char * const hideable[N_HIDEABLE] = {
  "s0", "s1", "s2", "s3", "s4", "s5", "r0", "r1", "r2", "r3",
};

/* 0: the name is not hidden from anybody. */
static guint
name_bit (const char *name)
{
  for (guint i = 0; i < N_HIDEABLE; i++)
    if (g_str_equal (name, hideable[i]))
      return 1u << i;

  return 0;
}

gboolean
model_is_resolved (const char *name)
{
  return name_bit (name) >= 1u << MODEL_N_SHARED;
}

static guint
get_port (ServerSignalPeer *peer)
{
  GSocketAddress *address = server_signal_peer_get_remote_address (peer);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

static Sight *
get_sight (Model            *self,
           ServerSignalPeer *peer)
{
  return g_hash_table_lookup (self->sights, GUINT_TO_POINTER (get_port (peer)));
}

static gboolean
allow_cb (ServerSignalHub  *hub,
          ServerSignalPeer *peer,
          ServerSignal     *signal,
          gpointer          user_data)
{
  Sight *sight = get_sight (user_data, peer);
  guint bit = name_bit (server_signal_get_name (signal));

  if ((sight->hidden & bit) != 0)
    return FALSE;

  sight->ever |= bit;

  return TRUE;
}

/* Sometimes writes from within the announcement of a commit, which is the next commit. */
static void
echo_cb (ServerSignal *signal,
         GParamSpec   *pspec,
         gpointer      user_data)
{
  gint64 echo = server_signal_get_int (signal, "/echo");

  if (echo > 0 && echo <= 3)
    server_signal_set_int (signal, "/echo", echo - 1, NULL);
}

static SsValue *
random_document (void)
{
  SsValue *document = ss_value_new_object (4);

  ss_object_append (document, ss_value_new_string ("count", -1), ss_value_new_int (0));
  ss_object_append (document, ss_value_new_string ("echo", -1), ss_value_new_int (0));
  ss_object_append (document, ss_value_new_string ("list", -1), ss_value_new_array (0));
  ss_object_append (document, ss_value_new_string ("any", -1), test_random_value (2));

  return document;
}

static ServerSignal *
new_signal (Model      *self,
            const char *name)
{
  g_autoptr (SsValue) document = random_document ();
  g_autofree char *json = ss_value_to_json (document, NULL);
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_from_json (name, json, &error);

  g_assert_no_error (error);
  truth_follow (self->truth, signal);
  g_signal_connect (signal, "notify::value", G_CALLBACK (echo_cb), NULL);

  return signal;
}

static JsonNode *
random_node (guint depth)
{
  g_autoptr (SsValue) value = test_random_value (depth);

  return ss_value_to_node (value);
}

static guint
list_length (ServerSignal *signal)
{
  const SsValue *list = ss_pointer_resolve (ss_signal_peek (signal), "/list", NULL);

  return list != NULL && ss_value_kind (list) == SS_VALUE_ARRAY ? ss_value_length (list) : 0;
}

/* Writes by each way that there is. Some of them have no place to go, and change nothing. */
void
model_write (ServerSignal *signal)
{
  g_autoptr (SsValue) before = ss_value_ref (ss_signal_peek (signal));
  g_autofree char *pointer = NULL;
  g_autofree char *place = NULL;
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) error = NULL;
  guint length = list_length (signal);

  if (ss_value_measure (before, DOCUMENT_BYTES) > DOCUMENT_BYTES)
    {
      g_autoptr (SsValue) document = random_document ();

      text = ss_value_to_json (document, NULL);
      server_signal_set_json (signal, "", text, &error);
      g_assert_no_error (error);
      return;
    }

  pointer = test_random_pointer (before);
  place = test_random_place (before);
  g_clear_pointer (&before, ss_value_unref);

  switch (g_test_rand_int_range (0, 16))
    {
    case 0:
    case 1:
    case 2:
    case 3:
      server_signal_set_int (signal, "/count",
                             server_signal_get_int (signal, "/count") % 1000000 + 1, &error);
      break;
    case 4:
    case 5:
    case 6:
      node = random_node (1);
      text = g_strdup_printf ("/list/%d", g_test_rand_int_range (0, (int) length + 1));
      server_signal_insert_value (signal, text, node, &error);
      break;
    case 7:
      text = g_strdup_printf ("/list/%d", g_test_rand_int_range (0, (int) length + 1));
      server_signal_remove (signal, text, &error);
      break;
    case 8:
      text = g_strdup_printf ("/list/%d", g_test_rand_int_range (0, (int) length + 1));
      g_free (place);
      place = g_strdup_printf ("/list/%d", g_test_rand_int_range (0, (int) length + 1));
      server_signal_move (signal, text, place, &error);
      break;
    case 9:
      server_signal_set_int (signal, "/echo", g_test_rand_int_range (1, 3), &error);
      break;
    case 10:
      node = random_node (2);
      server_signal_set_value (signal, pointer, node, &error);
      break;
    case 11:
      node = random_node (2);
      server_signal_insert_value (signal, place, node, &error);
      break;
    case 12:
      server_signal_remove (signal, pointer, &error);
      break;
    case 13:
      server_signal_move (signal, pointer, place, &error);
      break;
    case 14:
      server_signal_set_double (signal, "/double", g_test_rand_double_range (-1, 1), &error);
      break;
    default:
      server_signal_set_string (signal, pointer, test_random_key (), &error);
      break;
    }

  if (error != NULL)
    g_assert_true (error->domain == SERVER_SIGNAL_ERROR);
}

static void
transact (ServerSignal *signal)
{
  g_object_freeze_notify (G_OBJECT (signal));
  for (int i = g_test_rand_int_range (0, 7); i > 0; i--)
    model_write (signal);
  if (g_test_rand_int_range (0, 8) == 0)
    server_signal_discard (signal);
  if (g_test_rand_int_range (0, 4) == 0)
    {
      /* Nested, which is the same one. */
      g_object_freeze_notify (G_OBJECT (signal));
      model_write (signal);
      g_object_thaw_notify (G_OBJECT (signal));
    }
  g_object_thaw_notify (G_OBJECT (signal));
}

static void
thaw_one (Model *self,
          guint  index)
{
  g_autoptr (ServerSignal) signal = g_object_ref (g_ptr_array_index (self->frozen, index));

  g_ptr_array_remove_index_fast (self->frozen, index);
  g_object_thaw_notify (G_OBJECT (signal));
}

static guint
n_signals (Model *self)
{
  return MODEL_N_SHARED + self->own->len + self->resolved->len;
}

static ServerSignal *
get_signal (Model *self,
            guint  at)
{
  if (at < MODEL_N_SHARED)
    return self->shared[at];

  at -= MODEL_N_SHARED;

  return at < self->own->len ? g_ptr_array_index (self->own, at)
                             : g_ptr_array_index (self->resolved, at - self->own->len);
}

static ServerSignal *
pick_signal (Model *self)
{
  return get_signal (self, (guint) g_test_rand_int_range (0, (int) n_signals (self)));
}

/* Not the signal that is taken off, but perhaps a new one of its name, comes later. */
static void
toggle (Model *self)
{
  guint at = (guint) g_test_rand_int_range (0, MODEL_N_SHARED);

  if (self->hub == NULL)
    return;

  if (self->added[at])
    {
      server_signal_hub_remove (self->hub, self->shared[at]);
      self->added[at] = FALSE;
      if (g_test_rand_bit ())
        {
          g_autofree char *name = g_strdup_printf ("s%u", at);

          while (g_ptr_array_find (self->frozen, self->shared[at], NULL))
            {
              guint index;

              g_ptr_array_find (self->frozen, self->shared[at], &index);
              thaw_one (self, index);
            }
          g_object_unref (self->shared[at]);
          self->shared[at] = new_signal (self, name);
        }
    }

  if (!self->added[at] && g_test_rand_int_range (0, 3) > 0)
    {
      g_autoptr (GError) error = NULL;

      server_signal_hub_add (self->hub, self->shared[at], &error);
      g_assert_no_error (error);
      self->added[at] = TRUE;
    }
}

static ServerSignal *
find_own (ServerSignalPeer *peer,
          const char       *name)
{
  GListModel *signals = server_signal_peer_get_signals (peer);

  for (guint i = 0; i < g_list_model_get_n_items (signals); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);

      if (strcmp (server_signal_get_name (signal), name) == 0)
        return signal;
    }

  return NULL;
}

static void
add_own (Model            *self,
         ServerSignalPeer *peer,
         const char       *name)
{
  ServerSignal *signal = new_signal (self, name);
  g_autoptr (GError) error = NULL;

  server_signal_peer_add (peer, signal, &error);
  g_assert_no_error (error);
  g_ptr_array_add (self->own, signal);
  get_sight (self, peer)->ever |= name_bit (name);
}

static void
forget_own (Model        *self,
            ServerSignal *signal)
{
  guint index;

  while (g_ptr_array_find (self->frozen, signal, &index))
    thaw_one (self, index);
  g_ptr_array_remove (self->own, signal);
}

static void
toggle_own (Model *self)
{
  GListModel *peers = self->hub != NULL ? server_signal_hub_get_peers (self->hub) : NULL;
  guint n = peers != NULL ? g_list_model_get_n_items (peers) : 0;
  const char *name = g_test_rand_bit () ? MODEL_OWN : SHADOWED;
  g_autoptr (ServerSignalPeer) peer = NULL;
  g_autoptr (ServerSignal) signal = NULL;

  if (n == 0)
    return;

  peer = g_list_model_get_item (peers, (guint) g_test_rand_int_range (0, (int) n));
  signal = find_own (peer, name);
  if (signal == NULL)
    {
      add_own (self, peer, name);
      return;
    }

  g_object_ref (signal);
  forget_own (self, signal);
  server_signal_peer_remove (peer, signal);
}

void
model_step (Model *self)
{
  ServerSignal *signal = pick_signal (self);
  int what = g_test_rand_int_range (0, 100);

  clerk_step (self->clerk);
  if (what < 70)
    {
      model_write (signal);
    }
  else if (what < 82)
    {
      transact (signal);
    }
  else if (what < 86)
    {
      g_object_freeze_notify (G_OBJECT (signal));
      g_ptr_array_add (self->frozen, g_object_ref (signal));
    }
  else if (what < 92)
    {
      if (self->frozen->len > 0)
        thaw_one (self, (guint) g_test_rand_int_range (0, (int) self->frozen->len));
    }
  else if (what < 96)
    {
      toggle (self);
    }
  else
    {
      toggle_own (self);
    }
}

static void
peer_added_cb (ServerSignalHub  *hub,
               ServerSignalPeer *peer,
               gpointer          user_data)
{
  Model *self = user_data;
  Sight *sight = g_new0 (Sight, 1);

  g_hash_table_insert (self->sights, GUINT_TO_POINTER (get_port (peer)), sight);
  for (guint i = 0; self->hides && i < N_HIDEABLE; i++)
    sight->hidden |= g_test_rand_int_range (0, 6) == 0 ? 1u << i : 0;

  if (g_test_rand_int_range (0, 5) > 0)
    add_own (self, peer, MODEL_OWN);
  if (g_test_rand_int_range (0, 6) == 0)
    add_own (self, peer, SHADOWED);
}

static void
resolved_gone_cb (gpointer  user_data,
                  GObject  *signal)
{
  Model *self = user_data;

  g_assert_true (g_ptr_array_remove_fast (self->resolved, signal));
  self->n_let_go += self->hub != NULL;
}

/* Sometimes there is none. A peer that may not see the one that there is has its own then, perhaps, which
 * hides nothing from it. */
static ServerSignal *
resolve_cb (ServerSignalHub  *hub,
            ServerSignalPeer *peer,
            const char       *name,
            gpointer          user_data)
{
  Model *self = user_data;
  gboolean is_own =
    server_signal_hub_lookup (hub, name) != NULL || g_test_rand_int_range (0, 8) == 0;
  g_autoptr (GError) error = NULL;
  ServerSignal *signal;

  if (!model_is_resolved (name) || g_test_rand_int_range (0, 6) == 0)
    return NULL;

  signal = new_signal (self, name);
  g_ptr_array_add (self->resolved, signal);
  g_object_weak_ref (G_OBJECT (signal), resolved_gone_cb, self);
  self->n_resolved++;
  if (is_own)
    {
      server_signal_peer_add (peer, signal, &error);
      g_assert_no_error (error);
      get_sight (self, peer)->ever |= name_bit (name);
    }

  return signal;
}

static Pair *
find_pair (Model    *self,
           gpointer  signal,
           gpointer  peer,
           guint    *at)
{
  for (*at = 0; *at < self->pairs->len; ++*at)
    {
      Pair *pair = g_ptr_array_index (self->pairs, *at);

      if ((signal == NULL || pair->signal == signal) && (peer == NULL || pair->peer == peer))
        return pair;
    }

  return NULL;
}

static void
followed_cb (ServerSignalHub  *hub,
             ServerSignal     *signal,
             ServerSignalPeer *peer,
             gpointer          user_data)
{
  Model *self = user_data;
  Pair *pair = g_new (Pair, 1);
  guint bit = name_bit (server_signal_get_name (signal));
  guint at;

  if (find_pair (self, signal, peer, &at) != NULL)
    g_error ("a peer was told to follow “%s” twice", server_signal_get_name (signal));
  if (self->hides && bit != 0 && (get_sight (self, peer)->ever & bit) == 0)
    g_error ("a peer that has never been shown “%s” follows it", server_signal_get_name (signal));

  *pair = (Pair) { signal, peer };
  g_ptr_array_add (self->pairs, pair);
  self->n_followed++;
}

static void
unfollowed_cb (ServerSignalHub  *hub,
               ServerSignal     *signal,
               ServerSignalPeer *peer,
               gpointer          user_data)
{
  Model *self = user_data;
  guint at;

  if (find_pair (self, signal, peer, &at) == NULL)
    g_error ("a peer ends to follow “%s” that it did not follow", server_signal_get_name (signal));
  g_ptr_array_remove_index_fast (self->pairs, at);
}

static void
forget_peer (Model            *self,
             ServerSignalPeer *peer)
{
  GListModel *signals = server_signal_peer_get_signals (peer);

  for (guint i = 0; i < g_list_model_get_n_items (signals); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);

      forget_own (self, signal);
    }
  g_hash_table_remove (self->sights, GUINT_TO_POINTER (get_port (peer)));
}

static void
peer_removed_cb (ServerSignalHub  *hub,
                 ServerSignalPeer *peer,
                 gpointer          user_data)
{
  Model *self = user_data;
  guint at;

  if (find_pair (self, NULL, peer, &at) != NULL)
    g_error ("a peer goes that is said to follow something");
  forget_peer (self, peer);
}

static void
flip (Model            *self,
      ServerSignalPeer *peer)
{
  get_sight (self, peer)->hidden ^= 1u << g_test_rand_int_range (0, N_HIDEABLE);
}

void
model_review (Model *self)
{
  GListModel *peers = self->hub != NULL ? server_signal_hub_get_peers (self->hub) : NULL;
  guint n = peers != NULL ? g_list_model_get_n_items (peers) : 0;

  if (n == 0)
    return;

  self->n_reviews++;
  if (g_test_rand_int_range (0, 4) > 0)
    {
      g_autoptr (ServerSignalPeer) peer =
        g_list_model_get_item (peers, (guint) g_test_rand_int_range (0, (int) n));

      flip (self, peer);
      server_signal_peer_review (peer);
      return;
    }

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (peers, i);

      if (g_test_rand_bit ())
        flip (self, peer);
    }
  server_signal_hub_review (self->hub);
}

guint
model_get_n_reviews (Model *self)
{
  return self->n_reviews;
}

static void
check_name (Model       *self,
            const Sight *sight,
            const char  *name,
            const char  *text)
{
  guint bit = name_bit (name);

  self->n_sent++;
  if (bit != 0 && (sight->ever & bit) == 0)
    g_error ("a peer that has never been shown “%s” was sent %.200s", name, text);
}

/* The text up to the next quote, which no name has. */
static char *
read_name (const char *text)
{
  return g_strndup (text, strcspn (text, "\""));
}

void
model_check_sent (Model      *self,
                  guint16     port,
                  const char *text,
                  gsize       length)
{
  static const char *const heads[] = { "{\"name\":\"", "{\"signal\":\"added\",\"name\":\"",
                                       "{\"signal\":\"removed\",\"name\":\"",
                                       "{\"signal\":\"stale\",\"name\":\"",
                                       "{\"signal\":\"fresh\",\"name\":\"" };
  Sight *sight = g_hash_table_lookup (self->sights, GUINT_TO_POINTER ((guint) port));
  g_autofree char *copy = g_strndup (text, MIN (length, 2000));
  const char *at;

  /* An edge's peer. */
  if (sight == NULL)
    return;

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    if (g_str_has_prefix (copy, heads[i]))
      {
        g_autofree char *name = read_name (copy + strlen (heads[i]));

        check_name (self, sight, name, copy);
      }

  at = g_str_has_prefix (copy, "{\"hello\":") ? strstr (copy, "\"signals\":[") : NULL;
  if (at == NULL)
    return;

  at += strlen ("\"signals\":[");
  while (*at == '"')
    {
      g_autofree char *name = read_name (at + 1);

      check_name (self, sight, name, copy);
      at += strlen (name) + 2;
      at += *at == ',' ? 1 : 0;
    }
}

guint
model_get_n_sent (Model *self)
{
  return self->n_sent;
}

void
model_tune (ServerSignalHub *hub)
{
  /* A page that a test opens from nowhere has no origin. */
  static const char *const origins[] = { "null", NULL };

  server_signal_hub_set_allowed_origins (hub, origins);
  /* From none to plenty. */
  server_signal_hub_set_history_bytes (hub, g_test_rand_int_range (0, 4) == 0
                                              ? 0
                                              : 1u << g_test_rand_int_range (6, 20));
  server_signal_hub_set_max_backlog (hub, 1u << g_test_rand_int_range (8, 20));
  server_signal_hub_set_flush_interval (hub, g_test_rand_bit ()
                                               ? 0
                                               : (guint) g_test_rand_int_range (1, 50));
  /* Much longer than the network holds anything back: the time for an answer is never longer than
   * that between pings. */
  server_signal_hub_set_keepalive_interval (hub, (guint) g_test_rand_int_range (8000, 15000));
  server_signal_hub_set_keepalive_timeout (hub, 15000);
  server_signal_hub_set_linger (hub, g_test_rand_int_range (0, 3) == 0
                                       ? 0
                                       : (guint) g_test_rand_int_range (1, 300));
}

void
model_flood (Model *self)
{
  ServerSignal *signal = pick_signal (self);
  g_autofree char *text = g_strnfill (FLOOD_BYTES / FLOOD_COMMITS, 'x');

  for (guint i = 0; i < FLOOD_COMMITS; i++)
    {
      text[0] = (char) ('a' + i % 26);
      if (!server_signal_set_string (signal, "/flood", text, NULL))
        return;
    }
  server_signal_set_string (signal, "/flood", "over", NULL);
}

static void
forget_hub (Model *self)
{
  GListModel *peers = server_signal_hub_get_peers (self->hub);

  /* A hub that goes with its last reference emits nothing. */
  for (guint i = 0; i < g_list_model_get_n_items (peers); i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (peers, i);

      forget_peer (self, peer);
    }
  g_ptr_array_set_size (self->pairs, 0);
  clerk_leave (self->clerk);
  self->n_merged += (guint) server_signal_hub_get_merged (self->hub);
  server_signal_hub_detach (self->hub);
  g_object_unref (g_steal_pointer (&self->hub));
}

guint
model_get_n_merged (Model *self)
{
  return self->n_merged + (guint) server_signal_hub_get_merged (self->hub);
}

void
model_start (Model    *self,
             gboolean  new_life)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (self->hub);
  self->hub = server_signal_hub_new ();
  model_tune (self->hub);
  g_signal_connect (self->hub, "peer-added", G_CALLBACK (peer_added_cb), self);
  g_signal_connect (self->hub, "peer-removed", G_CALLBACK (peer_removed_cb), self);
  g_signal_connect (self->hub, "resolve", G_CALLBACK (resolve_cb), self);
  g_signal_connect (self->hub, "followed", G_CALLBACK (followed_cb), self);
  g_signal_connect (self->hub, "unfollowed", G_CALLBACK (unfollowed_cb), self);
  clerk_serve (self->clerk, self->hub);
  if (self->hides)
    g_signal_connect (self->hub, "allow", G_CALLBACK (allow_cb), self);

  for (guint i = 0; i < MODEL_N_SHARED; i++)
    {
      if (new_life)
        {
          g_autofree char *name = g_strdup_printf ("s%u", i);
          guint index;

          while (self->shared[i] != NULL &&
                 g_ptr_array_find (self->frozen, self->shared[i], &index))
            thaw_one (self, index);
          g_clear_object (&self->shared[i]);
          self->shared[i] = new_signal (self, name);
        }
      self->added[i] = g_test_rand_int_range (0, 5) > 0;
      if (self->added[i])
        {
          server_signal_hub_add (self->hub, self->shared[i], &error);
          g_assert_no_error (error);
        }
    }

  server_signal_hub_listen (self->hub, "127.0.0.1", self->port, &error);
  g_assert_no_error (error);
  if (self->port == 0)
    {
      g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
      g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

      self->port = (guint16) g_uri_get_port (parsed);
    }
}

void
model_kill (Model *self)
{
  forget_hub (self);
}

void
model_shut_down (Model *self)
{
  server_signal_hub_close (self->hub);
  forget_hub (self);
}

void
model_finish (Model *self)
{
  while (self->frozen->len > 0)
    thaw_one (self, 0);
  clerk_finish (self->clerk);

  for (guint i = 0; i < n_signals (self); i++)
    {
      ServerSignal *signal = get_signal (self, i);
      g_autoptr (SsValue) document = random_document ();
      g_autofree char *json = NULL;
      guint64 revision = server_signal_get_revision (signal);

      /* The document may be anything by now. */
      if (!server_signal_set_int (signal, "/count", g_test_rand_int (), NULL) ||
          server_signal_get_revision (signal) == revision)
        {
          json = ss_value_to_json (document, NULL);
          server_signal_set_json (signal, "", json, NULL);
        }
      g_assert_cmpuint (server_signal_get_revision (signal), >, revision);
    }
}

static ServerSignalPeer *
find_peer (Model   *self,
           guint16  port)
{
  GListModel *peers = server_signal_hub_get_peers (self->hub);

  for (guint i = 0; i < g_list_model_get_n_items (peers); i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (peers, i);
      GSocketAddress *address = server_signal_peer_get_remote_address (peer);

      if (G_IS_INET_SOCKET_ADDRESS (address) &&
          g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)) == port)
        return peer;
    }

  return NULL;
}

gboolean
model_find (Model         *self,
            guint16        port,
            const char    *name,
            ServerSignal **signal)
{
  ServerSignalPeer *peer = find_peer (self, port);

  *signal = NULL;
  if (peer == NULL)
    return FALSE;

  *signal = find_own (peer, name);
  for (guint i = 0; i < MODEL_N_SHARED && *signal == NULL; i++)
    if (self->added[i] && strcmp (server_signal_get_name (self->shared[i]), name) == 0 &&
        (get_sight (self, peer)->hidden & (1u << i)) == 0)
      *signal = self->shared[i];
  if (*signal == NULL && model_is_resolved (name) &&
      (get_sight (self, peer)->hidden & name_bit (name)) == 0)
    *signal = server_signal_hub_lookup (self->hub, name);

  return TRUE;
}

static guint
count_pairs (Model        *self,
             ServerSignal *signal)
{
  guint n = 0;

  for (guint i = 0; i < self->pairs->len; i++)
    n += ((Pair *) g_ptr_array_index (self->pairs, i))->signal == signal;

  return n;
}

const char *
model_check_followers (Model     *self,
                       ModelAsks  asks,
                       gpointer   user_data)
{
  GListModel *peers = server_signal_hub_get_peers (self->hub);

  for (guint i = 0; i < n_signals (self); i++)
    {
      ServerSignal *signal = get_signal (self, i);
      const char *name = server_signal_get_name (signal);
      gboolean is_shared = server_signal_hub_lookup (self->hub, name) == signal;
      guint n = server_signal_hub_get_n_followers (self->hub, signal);
      guint n_told = count_pairs (self, signal);
      guint n_there = 0;
      guint n_asking = 0;
      guint at;

      for (guint j = 0; j < g_list_model_get_n_items (peers); j++)
        {
          g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (peers, j);
          guint16 port = (guint16) get_port (peer);
          gboolean is_asking = asks (port, name, user_data);
          ServerSignal *found;

          n_asking += is_asking && (is_shared || find_own (peer, name) == signal);
          model_find (self, port, name, &found);
          if (!is_asking || found != signal)
            continue;

          n_there++;
          if (find_pair (self, signal, peer, &at) == NULL)
            n_told = G_MAXUINT;
        }

      g_clear_pointer (&self->why, g_free);
      if (n != n_there || n_told != n_there)
        {
          self->why =
            g_strdup_printf ("“%s” has %u followers, the hub counts %u and has told of %d", name,
                             n_there, n, (int) n_told);
          return self->why;
        }
      if (n_asking == 0 && model_is_resolved (name))
        {
          self->why = g_strdup_printf ("“%s” is still there, and nobody asks for it", name);
          return self->why;
        }
    }

  return NULL;
}

guint
model_get_n_resolved (Model *self)
{
  return self->n_resolved;
}

guint
model_get_n_let_go (Model *self)
{
  return self->n_let_go;
}

guint
model_get_n_followed (Model *self)
{
  return self->n_followed;
}

/* For calls: not the name that some peers have another signal of. */
static ServerSignal *
pick_for_call (gpointer user_data)
{
  Model *self = user_data;
  guint at = (guint) g_test_rand_int_range (0, MODEL_N_SHARED);

  return self->added[at] && strcmp (server_signal_get_name (self->shared[at]), SHADOWED) != 0
           ? self->shared[at]
           : NULL;
}

Model *
model_new (Truth    *truth,
           gboolean  hides)
{
  Model *self = g_new0 (Model, 1);

  self->truth = truth;
  self->hides = hides;
  self->own = g_ptr_array_new_with_free_func (g_object_unref);
  self->frozen = g_ptr_array_new_with_free_func (g_object_unref);
  self->resolved = g_ptr_array_new ();
  self->pairs = g_ptr_array_new_with_free_func (g_free);
  self->clerk = clerk_new (pick_for_call, self);
  self->sights = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  model_start (self, TRUE);

  return self;
}

void
model_free (Model *self)
{
  clerk_leave (self->clerk);
  while (self->frozen->len > 0)
    thaw_one (self, 0);
  if (self->hub != NULL)
    {
      server_signal_hub_close (self->hub);
      WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) == 0);
      server_signal_hub_detach (self->hub);
      g_assert_finalize_object (g_steal_pointer (&self->hub));
    }
  g_assert_cmpuint (self->own->len, ==, 0);
  g_assert_cmpuint (self->resolved->len, ==, 0);
  g_assert_cmpuint (self->pairs->len, ==, 0);
  for (guint i = 0; i < MODEL_N_SHARED; i++)
    g_assert_finalize_object (self->shared[i]);
  g_ptr_array_unref (self->own);
  g_ptr_array_unref (self->frozen);
  g_ptr_array_unref (self->resolved);
  g_ptr_array_unref (self->pairs);
  g_free (self->why);
  clerk_free (self->clerk);
  g_hash_table_unref (self->sights);
  g_free (self);
}

guint16
model_get_port (Model *self)
{
  return self->port;
}

ServerSignalHub *
model_get_hub (Model *self)
{
  return self->hub;
}
