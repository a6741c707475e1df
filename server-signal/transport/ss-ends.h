/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The two ends of a stream of ours, which libsoup reads from and writes to. They only pass on to
 * the functions of the stream that they are embedded in. An end may outlive its stream, and is at
 * its end then. */

typedef struct _SsEnds SsEnds;

typedef struct
{
  /* Neither waits. */
  gssize (*read)   (SsEnds      *ends,
                    void        *buffer,
                    gsize        count,
                    GError     **error);
  gssize (*write)  (SsEnds      *ends,
                    const void  *buffer,
                    gsize        count,
                    GError     **error);
  /* libsoup begins to wait for input: call ss_ends_wake() when it may read. */
  void   (*wait)   (SsEnds      *ends);
  /* Something other than input is ready in the context in which libsoup waits. */
  void   (*settle) (SsEnds      *ends);
} SsEndsFuncs;

struct _SsEnds
{
  const SsEndsFuncs *funcs;
  GInputStream      *input;
  GOutputStream     *output;
  GSource           *waiting; /* for input, or NULL. Not referenced: it says when it goes */
};

#define SS_TYPE_INPUT (ss_input_get_type ())
G_DECLARE_FINAL_TYPE (SsInput, ss_input, SS, INPUT, GInputStream)

#define SS_TYPE_OUTPUT (ss_output_get_type ())
G_DECLARE_FINAL_TYPE (SsOutput, ss_output, SS, OUTPUT, GOutputStream)

void ss_ends_init  (SsEnds            *self,
                    const SsEndsFuncs *funcs);
void ss_ends_clear (SsEnds            *self);
/* Does nothing while libsoup does not wait. */
void ss_ends_wake  (SsEnds            *self);

G_END_DECLS
