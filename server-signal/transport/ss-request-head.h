/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The head of an HTTP request (RFC 9112), looked at before anything else sees it. It is taken only
 * where there is no more than one way to read it: lines end with CR LF, names and colons are not
 * apart, no line is folded, what there may be one of is there once, and the bytes are UTF-8. */

typedef struct
{
  gsize    n_seen;    /* bytes that have been looked at */
  gsize    line;      /* where the line begins that is not whole yet */
  gsize    first;     /* where the request begins, behind an empty line */
  gboolean has_line;  /* the line of the request is whole */
} SsRequestHead;

/* All zero is the beginning; bytes are the same ones each time, and more of them. Gives 0 while the
 * head is not whole, 200 when it may be served, and otherwise the status of the refusal. length:
 * of the head, when it may be served.
 *
 * No refusal is for what somebody may ask elsewhere, so methods and paths are not looked at, with
 * one exception: where a body would make sense the caller finds out by ss_request_head_strip(), and
 * with GET and HEAD it makes none. */
guint    ss_request_head_check (SsRequestHead *self,
                                const char    *bytes,
                                gsize          n_bytes,
                                gsize         *length);

/* Takes the fields from a head that may be served which announce a body, so that nobody waits for
 * one. */
void     ss_request_head_strip (GByteArray    *head);

G_END_DECLS
