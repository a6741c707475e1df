/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-client.h"
#include "ss-dialer.h"
#include "ss-replicas.h"

G_BEGIN_DECLS

struct _ServerSignalClient
{
  GObject parent_instance;

  GMainContext            *context;
  SsDialerTarget           target;
  SsDialer                *dialer;
  SsReplicas              *replicas;

  ServerSignalClientState  state;
  GError                  *error;
  GPtrArray               *openers;  /* GTask of open_async() */
};

/* Between the files of the client. */

typedef enum
{
  SS_CLIENT_PROP_0,
  SS_CLIENT_PROP_URI,
  SS_CLIENT_PROP_STATE,
  SS_CLIENT_PROP_ERROR,
  SS_CLIENT_PROP_PROTOCOL,
  SS_CLIENT_PROP_VIA,
  SS_CLIENT_PROP_SIGNALS,
  SS_CLIENT_PROP_SESSION,
  SS_CLIENT_PROP_RETRY_MIN,
  SS_CLIENT_PROP_RETRY_MAX,
  SS_CLIENT_PROP_RETRY_LIMIT,
  SS_CLIENT_PROP_CONNECT_TIMEOUT,
  SS_CLIENT_PROP_KEEPALIVE_INTERVAL,
  SS_CLIENT_PROP_MAX_FRAME_SIZE,
  SS_CLIENT_N_PROPS,
} SsClientProperty;

void ss_client_notify  (ServerSignalClient *self, SsClientProperty property);
/* Gives the client what keeps it connected. */
void ss_client_equip   (ServerSignalClient *self);
/* Ends what goes on, and tells nobody. */
void ss_client_abandon (ServerSignalClient *self);

G_END_DECLS
