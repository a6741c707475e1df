/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-handshake.h"
#include "ss-hub-core.h"
#include "transport/ss-admission.h"

G_BEGIN_DECLS

/* admission is one that has not been answered. */
ServerSignalHandshake *ss_handshake_new         (SsHubCore             *core,
                                                 SsAdmission           *admission);
/* Nobody has taken it over: unless it is answered it is accepted, for nobody in particular. */
void                   ss_handshake_let_in      (ServerSignalHandshake *self);
/* The one that was accepted, or NULL. Transfer none. */
ServerSignalHandshake *ss_handshake_get         (SoupServerMessage     *message);

G_END_DECLS
