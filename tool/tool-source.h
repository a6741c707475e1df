/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "tool-hub.h"

G_BEGIN_DECLS

/* Where the signals of “serve” come from. Each kind stands in source-NAME.c, and cmd-serve.c has the
 * table of them. */
typedef struct
{
  ToolHub           *hub;
  double             interval; /* of those that are asked again and again, in seconds */
  double             timeout;  /* of a run of the command, in seconds; 0: there is none */
  gboolean           patches;  /* standard input has patches */
  const char *const *command;  /* the words behind "--"; NULL: there is none */
  ServerSignalStore *store;    /* that keeps the signals; NULL: nobody does */
  GPtrArray         *kept;     /* of Kept: what the sources hold until the end */
} ToolSources;

/* spec: the value of the option. */
typedef gboolean (*ToolSourceFunc) (ToolSources  *self,
                                    const char   *spec,
                                    GError      **error);

gboolean tool_source_file      (ToolSources *self, const char *spec, GError **error);
gboolean tool_source_stdin     (ToolSources *self, const char *spec, GError **error);
gboolean tool_source_command   (ToolSources *self, const char *spec, GError **error);
gboolean tool_source_dbus      (ToolSources *self, const char *spec, GError **error);
gboolean tool_source_gsettings (ToolSources *self, const char *spec, GError **error);
gboolean tool_source_journal   (ToolSources *self, const char *spec, GError **error);
gboolean tool_source_proc      (ToolSources *self, const char *spec, GError **error);

/* store: NULL, or what keeps the signals. */
ToolSources  *tool_sources_new    (ToolHub           *hub,
                                   ServerSignalStore *store);
void          tool_sources_free   (ToolSources     *self);
/* Calls destroy with data at the end, in the opposite order. */
void          tool_sources_keep   (ToolSources     *self,
                                   gpointer         data,
                                   GDestroyNotify   destroy);
/* A signal, whose failures to follow a source are told to the user: a new one or, of a store, the one
 * that was there before. */
ServerSignal *tool_sources_make   (ToolSources     *self,
                                   const char      *name,
                                   GError         **error);
/* The same, shared by the hub. The caller has a reference. */
ServerSignal *tool_sources_add    (ToolSources     *self,
                                   const char      *name,
                                   GError         **error);
/* "NAME=REST" in two. */
gboolean      tool_sources_split  (const char      *spec,
                                   char           **name,
                                   char           **rest,
                                   GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolSources, tool_sources_free)

G_END_DECLS
