/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-hub.h"
#include "ss-gate.h"
#include "ss-roster.h"
#include "ss-shelf.h"

G_BEGIN_DECLS

typedef enum
{
  SS_HUB_PROP_ID = 1,
  SS_HUB_PROP_PATH,
  SS_HUB_PROP_TLS_CERTIFICATE,
  SS_HUB_PROP_MAX_PEERS,
  SS_HUB_PROP_MAX_SUBSCRIPTIONS,
  SS_HUB_PROP_HISTORY_BYTES,
  SS_HUB_PROP_PEERS,
  SS_HUB_PROP_SIGNALS,
  SS_HUB_PROP_N_PEERS,
  SS_HUB_PROP_N_SIGNALS,
  SS_HUB_PROP_COMMITS,
  SS_HUB_N_PROPS
} SsHubProperty;

struct _ServerSignalHub
{
  GObject          parent_instance;

  char            *id;
  char            *path;
  GMainContext    *context;
  SsShelf         *shelf;    /* the signals that all peers share */
  SsRoster        *roster;   /* the peers; the hub's reference on each */
  SsGate          *gate;     /* NULL unless listening */
  GPtrArray       *handlers; /* of SsHandler: where the hub is attached */
  GTlsCertificate *certificate;
  guint64          history_bytes;
  guint64          commits;
  guint            max_peers;
  guint            max_subscriptions;
};

/* What a peer asks its hub. */

GMainContext     *ss_hub_get_context           (ServerSignalHub *self);
gsize             ss_hub_get_history_bytes     (ServerSignalHub *self);
guint             ss_hub_get_max_subscriptions (ServerSignalHub *self);
SsShelf          *ss_hub_get_shelf             (ServerSignalHub *self);
/* own: the peer's own signals, or NULL. */
GStrv             ss_hub_dup_via               (ServerSignalHub *self, GListModel *own);
void              ss_hub_count_commit          (ServerSignalHub *self);
/* The peer's connection is over. */
void              ss_hub_peer_closed           (ServerSignalHub *self, ServerSignalPeer *peer);

/* Between the files of the hub. */

gboolean          ss_hub_is_full               (ServerSignalHub *self);
/* "authorize" */
gboolean          ss_hub_ask                   (ServerSignalHub *self, SoupServerMessage *message);
/* Makes a peer of the link and takes it in. The hub has the reference. */
ServerSignalPeer *ss_hub_take_link             (ServerSignalHub *self, SsLink *link);
GPtrArray        *ss_hub_copy_peers            (ServerSignalHub *self);
void              ss_hub_install_properties    (GObjectClass *object_class);
void              ss_hub_notify                (ServerSignalHub *self, SsHubProperty property);

G_END_DECLS
