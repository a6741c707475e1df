/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-hub.h"
#include "ss-owner.h"
#include "ss-process.h"

#include "ss-keepalive.h"
#include "ss-peer-list.h"
#include "ss-registry.h"
#include "transport/ss-address.h"
#include "transport/ss-http-server.h"

G_BEGIN_DECLS

typedef enum
{
  SS_HUB_PROP_ID = 1,
  SS_HUB_PROP_PATH,
  SS_HUB_PROP_HEALTH_PATH,
  SS_HUB_PROP_TLS_CERTIFICATE,
  SS_HUB_PROP_MAX_PEERS,
  SS_HUB_PROP_MAX_SUBSCRIPTIONS,
  SS_HUB_PROP_HISTORY_BYTES,
  SS_HUB_PROP_MAX_HANDSHAKES,
  SS_HUB_PROP_MAX_PEERS_PER_ADDRESS,
  SS_HUB_PROP_MAX_BACKLOG,
  SS_HUB_PROP_STALL_TIMEOUT,
  SS_HUB_PROP_FLUSH_INTERVAL,
  SS_HUB_PROP_KEEPALIVE_INTERVAL,
  SS_HUB_PROP_KEEPALIVE_TIMEOUT,
  SS_HUB_PROP_PEERS,
  SS_HUB_PROP_SIGNALS,
  SS_HUB_PROP_N_PEERS,
  SS_HUB_PROP_N_SIGNALS,
  SS_HUB_PROP_COMMITS,
  SS_HUB_PROP_FRAMES,
  SS_HUB_PROP_BYTES,
  SS_HUB_PROP_MERGED,
  SS_HUB_PROP_BACKLOG,
  SS_HUB_PROP_DROPPED_PEERS,
  SS_HUB_N_PROPS
} SsHubProperty;

struct _ServerSignalHub
{
  GObject          parent_instance;

  pid_t            process;  /* that made it, see ss_process_is_other() */
  char            *id;
  char            *path;
  char            *health_path;
  SsOwner          owner;
  SsRegistry      *registry; /* the signals that all peers share */
  SsPeerList      *peers;    /* the hub's reference on each */
  SsHttpServer    *http_server; /* NULL unless listening */
  GPtrArray       *handlers; /* of SsHandler: where the hub is attached */
  GTlsCertificate *certificate;
  gboolean         certificate_refused; /* the one that was set last */
  SsKeepalive     *keepalive;
  SsFlusher       *flusher;
  SsCounters      *counters;
  SsLinkCounters  *link_counters; /* of all peers */
  guint64          history_bytes;
  guint64          max_backlog;
  guint            max_peers;
  guint            max_subscriptions;
  guint            max_handshakes;
  guint            max_peers_per_address;
  SsAddressCounts *addresses; /* of the peers */
  guint            stall_timeout;
  guint            flush_interval;
  guint            keepalive_interval;
  guint            keepalive_timeout;
};

/* What a peer asks its hub. */

SsOwner          *ss_hub_get_owner             (ServerSignalHub *self);   /* NULL for NULL */
GMainContext     *ss_hub_get_context           (ServerSignalHub *self);
gsize             ss_hub_get_history_bytes     (ServerSignalHub *self);
SsRegistry       *ss_hub_get_registry          (ServerSignalHub *self);
/* own: the peer's own signals, or NULL. */
GStrv             ss_hub_dup_via               (ServerSignalHub *self, GListModel *own);
SsFlusher        *ss_hub_get_flusher           (ServerSignalHub *self);
SsCounters       *ss_hub_get_counters          (ServerSignalHub *self);
/* The hub's limits and figures, before anything is sent. */
void              ss_hub_set_up_link           (ServerSignalHub *self, SsLink *link);
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
