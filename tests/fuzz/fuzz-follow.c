/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A hub, an edge that follows it, and clients of both, each end over a link in memory. The input says
 * what happens, and nothing that it can say is against the protocol: commits and transactions, slow
 * readers, losses, other hubs to connect to, signals that go and come, hubs that start again. In the
 * end every replica is what the document is. */

#include "fuzz-loop.h"

#include "client/ss-replicas.h"
#include "memory-link.h"
#include "server/ss-session.h"
#include "ss-protocol.h"

#define N_SIGNALS 2
#define N_CLIENTS 4
#define MAX_STEPS 300
/* So that some who come back get a patch, and others a snapshot. */
#define HISTORY_BYTES 600

static const char *const names[N_SIGNALS] = { "a", "b" };

/* A hub: the root has signals of its own, the edge the replicas of client 0. */
typedef struct
{
  ServerSignal *signals[N_SIGNALS];
  SsFeed       *feeds[N_SIGNALS];   /* NULL: not shared at present */
  gboolean      held;
} Node;

typedef struct
{
  SsReplicas   *replicas;
  ServerSignal *signals[N_SIGNALS]; /* NULL: not asked for */
  Node         *node;               /* NULL: not connected */
  MemoryLink   *link;
  SsSession    *session;
  gboolean      plain;
  gboolean      frozen;
} Client;

static Node root;
static Node edge;
static Client clients[N_CLIENTS];
static const uint8_t *input;
static size_t n_input;

static guint
take_byte (void)
{
  if (n_input == 0)
    return 0;

  n_input--;
  return *input++;
}

/* SsSessionFuncs */

static SsFeed *
lookup (const char *name,
        gpointer    user_data)
{
  Client *client = user_data;

  for (guint i = 0; i < N_SIGNALS; i++)
    if (strcmp (name, names[i]) == 0 && client->node->feeds[i] != NULL &&
        ss_feed_is_ready (client->node->feeds[i]))
      return client->node->feeds[i];

  return NULL;
}

static const char *
next_name (guint64  *place,
           gpointer  user_data)
{
  while (*place < N_SIGNALS)
    {
      const char *name = names[(*place)++];

      if (lookup (name, user_data) != NULL)
        return name;
    }

  return NULL;
}

static guint
count (gpointer user_data)
{
  return N_SIGNALS;
}

static GStrv
dup_via (gpointer user_data)
{
  static const char *const via[] = { "here", NULL };

  return g_strdupv ((GStrv) via);
}

static void
nothing_cb (gpointer user_data)
{
}

static const SsSessionFuncs session_funcs = {
  .lookup = lookup,
  .next_name = next_name,
  .count = count,
  .dup_via = dup_via,
  .dropped = nothing_cb,
  .closed = nothing_cb,
};

/* SsReplicasFuncs */

static void
send_cb (SsMessage *message,
         gpointer   user_data)
{
  Client *client = user_data;
  const char *text = ss_message_payload (message, NULL);

  if (client->link->close_code == 0)
    memory_link_write (client->link, text);
}

static void
fault_cb (const GError *error,
          gpointer      user_data)
{
  /* No server here gives a reason. */
  g_printerr ("%s\n", error->message);
  CHECK (FALSE);
}

static void
notice_cb (const GError *error,
           gpointer      user_data)
{
}

static void
refused_cb (ServerSignal *replica,
            const GError *error,
            gpointer      user_data)
{
}

static const SsReplicasFuncs replicas_funcs = {
  .send = send_cb,
  .fault = fault_cb,
  .notice = notice_cb,
  .names = nothing_cb,
  .refused = refused_cb,
};

/* Nodes */

static void
ready_cb (SsFeed   *feed,
          gpointer  user_data)
{
  Node *node = user_data;

  for (guint i = 0; i < N_CLIENTS; i++)
    if (clients[i].node == node)
      ss_session_added (clients[i].session, server_signal_get_name (ss_feed_get_signal (feed)));
}

static void
share (Node  *node,
       guint  i)
{
  if (node->feeds[i] != NULL || node->signals[i] == NULL)
    return;

  node->feeds[i] = ss_feed_new (node->signals[i], HISTORY_BYTES);
  ss_feed_set_corked (node->feeds[i], node->held);
  if (ss_feed_is_ready (node->feeds[i]))
    ready_cb (node->feeds[i], node);
  else
    ss_feed_set_ready_func (node->feeds[i], ready_cb, node);
}

static void
unshare (Node  *node,
         guint  i)
{
  SsFeed *feed = g_steal_pointer (&node->feeds[i]);

  if (feed == NULL)
    return;

  for (guint j = 0; j < N_CLIENTS; j++)
    if (clients[j].node == node)
      ss_session_removed (clients[j].session, names[i], FALSE);
  ss_feed_free (feed);
}

static void
hold (Node     *node,
      gboolean  held)
{
  node->held = held;
  for (guint i = 0; i < N_SIGNALS; i++)
    if (node->feeds[i] != NULL)
      ss_feed_set_corked (node->feeds[i], held);
}

static void
make_signal (guint       i,
             const char *json)
{
  root.signals[i] = server_signal_new_from_json (names[i], json, NULL);
  CHECK (root.signals[i] != NULL);
}

/* Clients */

static void
lose (Client *client)
{
  if (client->node == NULL)
    return;

  client->node = NULL;
  g_clear_pointer (&client->session, ss_session_free);
  ss_replicas_lost (client->replicas, FALSE);
  g_clear_object (&client->link);
}

static void
enter (Client *client,
       Node   *node,
       guint   how)
{
  lose (client);
  client->node = node;
  /* An edge needs revisions. */
  client->plain = client != &clients[0] && (how & 3) == 3;
  client->link = memory_link_new (client->plain ? NULL : SS_PROTOCOL_V1);
  client->session = ss_session_new (SS_LINK (client->link), g_main_context_default (), 100,
                                    (how & 4) != 0 ? 500 : 0, &session_funcs, client);
  ss_replicas_opened (client->replicas, client->plain, SS_FRAME_BYTES, SS_FRAME_BYTES);
  ss_session_start (client->session);
}

static gboolean
deliver (Client *client,
         guint   n)
{
  gboolean any = FALSE;

  for (; n > 0 && client->node != NULL; n--)
    {
      g_autoptr (SsMessage) message = memory_link_read (client->link);
      g_autoptr (GError) error = NULL;
      g_auto (SsFrame) frame = { 0 };
      const char *text;
      gsize length;

      if (message == NULL)
        {
          if (client->link->close_code != 0)
            lose (client);
          break;
        }
      text = ss_message_payload (message, &length);
      if (!ss_frame_decode (&frame, text, length, &error) ||
          !ss_replicas_take (client->replicas, &frame, text, length, &error))
        {
          g_printerr ("%s: %s\n", text, error->message);
          CHECK (FALSE);
        }
      any = TRUE;
    }

  return any;
}

static void
freeze (Client   *client,
        gboolean  frozen)
{
  if (client->frozen == frozen)
    return;

  client->frozen = frozen;
  for (guint i = 0; i < N_SIGNALS; i++)
    if (client->signals[i] != NULL)
      {
        if (frozen)
          g_object_freeze_notify (G_OBJECT (client->signals[i]));
        else
          g_object_thaw_notify (G_OBJECT (client->signals[i]));
      }
}

static void
ask (Client *client,
     guint   i)
{
  if (client->signals[i] != NULL)
    return;

  client->signals[i] = g_object_ref (ss_replicas_get (client->replicas, names[i], NULL));
  if (client->frozen)
    g_object_freeze_notify (G_OBJECT (client->signals[i]));
}

static void
release (Client *client,
         guint   i)
{
  if (client->signals[i] == NULL)
    return;

  if (client->frozen)
    g_object_thaw_notify (G_OBJECT (client->signals[i]));
  ss_replicas_release (client->replicas, names[i]);
  g_clear_object (&client->signals[i]);
}

static void
begin_client (Client *client)
{
  client->replicas = ss_replicas_new (g_main_context_default (), &replicas_funcs, client);
  for (guint i = 0; i < N_SIGNALS; i++)
    ask (client, i);
}

static void
end_client (Client *client)
{
  freeze (client, FALSE);
  lose (client);
  for (guint i = 0; i < N_SIGNALS; i++)
    release (client, i);
  g_clear_pointer (&client->replicas, ss_replicas_free);
}

/* Events */

static void
commit (ServerSignal *signal)
{
  static const char *const pointers[] = {
    "",     "/n", "/t",   "/a",   "/a/0",  "/a/1",   "/a/2",
    "/a/-", "/o", "/o/x", "/o/y", "/o/~1", "/o/x/0", "/q",
  };
  static const char *const values[] = {
    "1",
    "2.5",
    "true",
    "null",
    "\"text\"",
    "[]",
    "{}",
    "[1,2,3,4,5,6,7,8]",
    "{\"x\":[1],\"y\":{}}",
    "{\"a\":[1,2,3],\"o\":{\"x\":1},\"n\":0,\"t\":\"\"}",
    "\"a longer text that takes its part of the history\"",
    "[{\"id\":1,\"v\":1},{\"id\":2,\"v\":2},{\"id\":3,\"v\":3}]",
    "[{\"id\":3,\"v\":3},{\"id\":1,\"v\":9}]",
    "-7",
  };
  guint what = take_byte ();
  const char *pointer = pointers[take_byte () % G_N_ELEMENTS (pointers)];
  const char *value = values[take_byte () % G_N_ELEMENTS (values)];
  g_autoptr (JsonNode) node = json_from_string (value, NULL);

  /* Any of these may fail, and then nothing has happened. */
  switch (what % 5)
    {
    case 0:
    case 1:
      server_signal_set_json (signal, pointer, value, NULL);
      break;
    case 2:
      server_signal_insert_value (signal, pointer, node, NULL);
      break;
    case 3:
      server_signal_remove (signal, pointer, NULL);
      break;
    default:
      server_signal_move (signal, pointer, pointers[what / 5 % G_N_ELEMENTS (pointers)], NULL);
      break;
    }
}

static void
transact (ServerSignal *signal)
{
  guint n = take_byte () % 8;

  g_object_freeze_notify (G_OBJECT (signal));
  for (guint i = 0; i < n; i++)
    commit (signal);
  if (take_byte () % 4 == 0)
    server_signal_discard (signal);
  g_object_thaw_notify (G_OBJECT (signal));
}

static void
leave (Node *node)
{
  for (guint i = 0; i < N_CLIENTS; i++)
    if (clients[i].node == node)
      lose (&clients[i]);
  for (guint i = 0; i < N_SIGNALS; i++)
    unshare (node, i);
}

static void
restart_root (void)
{
  leave (&root);
  for (guint i = 0; i < N_SIGNALS; i++)
    {
      g_autofree char *json = server_signal_dup_json (root.signals[i], NULL);

      g_clear_object (&root.signals[i]);
      make_signal (i, json);
      share (&root, i);
    }
}

static void
restart_edge (gboolean anew)
{
  leave (&edge);
  if (anew)
    {
      memset (edge.signals, 0, sizeof edge.signals);
      end_client (&clients[0]);
      begin_client (&clients[0]);
    }
  for (guint i = 0; i < N_SIGNALS; i++)
    {
      edge.signals[i] = clients[0].signals[i];
      share (&edge, i);
    }
}

static void
step (void)
{
  guint what = take_byte ();
  guint number = what >> 4;
  guint i = number % N_SIGNALS;
  Client *client = &clients[number % N_CLIENTS];

  switch (what & 0x0f)
    {
    case 0:
    case 1:
      commit (root.signals[i]);
      break;
    case 2:
      transact (root.signals[i]);
      break;
    case 3:
      deliver (client, 1);
      break;
    case 4:
      deliver (client, G_MAXUINT);
      break;
    case 5:
      lose (client);
      break;
    case 6:
      enter (client, &root, take_byte ());
      break;
    case 7:
      if (client != &clients[0])
        enter (client, &edge, take_byte ());
      break;
    case 8:
      unshare (&root, i);
      break;
    case 9:
      share (&root, i);
      break;
    case 10:
      if (number == 0)
        restart_root ();
      else if (number < 3)
        restart_edge (number == 1);
      break;
    case 11:
      hold (number % 2 == 0 ? &root : &edge, number / 2 % 2 == 0);
      break;
    case 12:
      if (client != &clients[0])
        release (client, number / N_CLIENTS % N_SIGNALS);
      break;
    case 13:
      ask (client, number / N_CLIENTS % N_SIGNALS);
      break;
    case 14:
      if (client != &clients[0])
        freeze (client, !client->frozen);
      break;
    default:
      fuzz_loop_skip_ms (number * 100);
      break;
    }
  fuzz_loop_settle ();
}

/* The end */

static void
settle_all (void)
{
  gboolean any;
  guint n = 0;

  do
    {
      CHECK (n++ < 1000);
      any = FALSE;
      fuzz_loop_settle ();
      for (guint i = 0; i < N_CLIENTS; i++)
        {
          if (clients[i].node == NULL)
            enter (&clients[i], i < 2 ? &root : &edge, i);
          any |= deliver (&clients[i], G_MAXUINT);
        }
    }
  while (any);
}

static gboolean
is_current (Client *client)
{
  for (guint i = 0; i < N_SIGNALS; i++)
    {
      ServerSignal *replica = client->signals[i];
      ServerSignal *source = root.signals[i];

      if (server_signal_get_stale (replica) ||
          !ss_value_equal (ss_signal_peek (replica), ss_signal_peek (source)))
        return FALSE;
      if (!client->plain &&
          (server_signal_get_revision (replica) != server_signal_get_revision (source) ||
           g_strcmp0 (server_signal_get_epoch (replica), server_signal_get_epoch (source)) != 0))
        return FALSE;
    }

  return TRUE;
}

/* Of a finding. */
static void
print_signals (const char           *who,
               ServerSignal * const *signals)
{
  for (guint i = 0; i < N_SIGNALS; i++)
    {
      g_autofree char *json = server_signal_dup_json (signals[i], NULL);

      g_printerr ("%s: %s %s %" G_GUINT64_FORMAT "%s %s\n", who, names[i],
                  server_signal_get_epoch (signals[i]), server_signal_get_revision (signals[i]),
                  server_signal_get_stale (signals[i]) ? " stale" : "", json);
    }
}

static void
fail (void)
{
  print_signals ("root", root.signals);
  for (guint j = 0; j < N_CLIENTS; j++)
    print_signals (clients[j].plain           ? "plain"
                   : clients[j].node == &root ? "of root"
                                              : "of edge",
                   clients[j].signals);
  CHECK (FALSE);
}

static void
converge (void)
{
  for (guint i = 0; i < N_SIGNALS; i++)
    {
      share (&root, i);
      for (guint j = 0; j < N_CLIENTS; j++)
        ask (&clients[j], i);
    }
  hold (&root, FALSE);
  hold (&edge, FALSE);
  for (guint j = 0; j < N_CLIENTS; j++)
    freeze (&clients[j], FALSE);

  for (guint n = 0;; n++)
    {
      gboolean all = TRUE;

      settle_all ();
      for (guint j = 0; j < N_CLIENTS; j++)
        all = all && is_current (&clients[j]);
      if (all)
        return;

      /* A hub waits for what it has not got, and a client before it asks again. */
      if (n == 200)
        fail ();
      fuzz_loop_skip_ms (100);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  fuzz_loop_begin ();
  input = data;
  n_input = size;
  root.held = edge.held = FALSE;

  for (guint i = 0; i < N_SIGNALS; i++)
    {
      make_signal (i, "{\"a\":[1,2,3],\"o\":{\"x\":[1,2],\"y\":{}},\"n\":0,\"t\":\"text\"}");
      share (&root, i);
    }
  for (guint j = 0; j < N_CLIENTS; j++)
    begin_client (&clients[j]);
  restart_edge (FALSE);

  for (guint n = 0; n < MAX_STEPS && n_input > 0; n++)
    step ();
  converge ();
  /* And it stays so. */
  for (guint i = 0; i < N_SIGNALS; i++)
    {
      commit (root.signals[i]);
      CHECK (server_signal_set_json (root.signals[i], "", "{\"last\":[1]}", NULL));
    }
  converge ();

  leave (&edge);
  memset (edge.signals, 0, sizeof edge.signals);
  for (guint j = 0; j < N_CLIENTS; j++)
    end_client (&clients[j]);
  leave (&root);
  for (guint i = 0; i < N_SIGNALS; i++)
    {
      gpointer weak = root.signals[i];

      g_object_add_weak_pointer (weak, &weak);
      g_clear_object (&root.signals[i]);
      fuzz_loop_settle ();
      CHECK (weak == NULL);
    }

  return 0;
}
