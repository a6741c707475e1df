/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-stream.h"

G_BEGIN_DECLS

/* The two ends of a stream that libsoup reads from and writes to. They only pass on; the functions
 * below are the stream's side. An end may outlive its stream, which then says so with detach(). */

#define SS_TYPE_INPUT (ss_input_get_type ())
G_DECLARE_FINAL_TYPE (SsInput, ss_input, SS, INPUT, GInputStream)

#define SS_TYPE_OUTPUT (ss_output_get_type ())
G_DECLARE_FINAL_TYPE (SsOutput, ss_output, SS, OUTPUT, GOutputStream)

GInputStream  *ss_input_new     (SsStream *stream);
void           ss_input_detach  (SsInput  *self);
/* Makes a source of an input ready. */
void           ss_input_wake    (GSource  *waiting);
GOutputStream *ss_output_new    (SsStream *stream);
void           ss_output_detach (SsOutput *self);

gssize   ss_stream_read           (SsStream     *self,
                                   void         *buffer,
                                   gsize         count,
                                   GError      **error);
/* The source that libsoup waits with, or NULL when it waits no more. Not referenced: it says when
 * it goes. */
void     ss_stream_set_waiting    (SsStream     *self,
                                   GSource      *source);
GSource *ss_stream_get_waiting    (SsStream     *self);
/* Something else than what came in is ready in the pooled context. */
void     ss_stream_settle         (SsStream     *self);
gssize   ss_stream_write          (SsStream     *self,
                                   const void   *buffer,
                                   gsize         count,
                                   GError      **error);

G_END_DECLS
