/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-client.h"
#include "fake-server.h"
#include "test-quotes.h"
#include "test-utils.h"

G_BEGIN_DECLS

/* The emissions that a replica's handlers saw. */
typedef struct
{
  guint values;    /* notify::value */
  guint patches;   /* patched */
  guint stales;    /* notify::stale */
} Seen;

#define CLIENT_FIXTURE_HELLO \
  "{'hello':{'protocol':'server-signal.v1','signals':[],'via':['h']}}"

/* A client, and a fake server for it to talk to. */
typedef struct
{
  FakeServer         *server;
  ServerSignalClient *client;
  GString            *states;   /* a letter for each state notified: I, C, O, W, X (closed) */
  Seen                seen;     /* for seen_watch() */
  ServerSignal       *added;    /* for a handler of a test's */
} ClientFixture;

/* user_data: the subprotocol that the server chooses, or NULL. */
void          client_fixture_set_up      (ClientFixture *self, gconstpointer protocol);
void          client_fixture_tear_down   (ClientFixture *self, gconstpointer protocol);

/* Starts the client, and for server-signal.v1 says hello. */
void          client_fixture_open        (ClientFixture *self);
/* Waits for the client to have lost its connection and to be connected again; then says hello. */
void          client_fixture_reopen      (ClientFixture *self, guint requests);
gboolean      client_fixture_is          (ClientFixture *self, ServerSignalClientState state);
/* Waits for the client's next text frame and asserts that it is this JSON, with ' for ", whatever
 * the order of members. */
void          client_fixture_expect      (ClientFixture *self, const char *json);

/* Counts what the replica's handlers see from now on, in self->seen. */
void          seen_watch                 (ClientFixture *self, ServerSignal *replica);
/* Asserts what the document is, with ' for ". */
void          assert_document            (ServerSignal *replica, const char *json);

#define CLIENT_TEST(path, protocol, func) \
  g_test_add (path, ClientFixture, protocol, client_fixture_set_up, func, client_fixture_tear_down)

#define assert_client_error(self, domain, code) \
  g_assert_error (server_signal_client_get_error ((self)->client), domain, code)

#define assert_seen(self, n_values, n_stales) \
  G_STMT_START \
  { \
    g_assert_cmpuint ((self)->seen.values, ==, (n_values)); \
    g_assert_cmpuint ((self)->seen.stales, ==, (n_stales)); \
  } \
  G_STMT_END

G_END_DECLS
