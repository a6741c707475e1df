/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* For POLLRDHUP. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "config.h"

#include "ss-http-link.h"

#include <poll.h>
#include <string.h>

#include <glib-unix.h>

#include "json/ss-pointer.h"
#include "json/ss-reader.h"
#include "json/ss-writer.h"
#include "server-signal-peer-private.h"
#include "ss-clear-source.h"
#include "ss-etag.h"
#include "ss-limits.h"
#include "transport/ss-admission.h"
#include "transport/ss-link-private.h"
#include "transport/ss-listener.h"
#include "transport/ss-socket.h"
#include "transport/ss-stall-detector.h"
#include "wire/ss-frame-decode.h"
#include "wire/ss-frame-quick.h"

#define JSON_TYPE "application/json"
#define EVENTS_TYPE "text/event-stream"

/* A frame as long as this is not copied: all streams share it. */
#define SHARED_BYTES 4096

/* Between two looks whether a client takes what waits for it. */
#define TICK_MS_MAX 1000

/* Linux tells of the end of what a client sends without anybody reading up to it. */
#ifdef POLLRDHUP
#define ENDED ((GIOCondition) POLLRDHUP)
#else
#define ENDED ((GIOCondition) 0)
#endif

/* A signal that was asked for. */
typedef struct
{
  char     *name;
  char     *epoch;    /* of the state that the client has, or NULL */
  guint64   revision;

  /* Of an answer in JSON. */
  GBytes   *text;     /* of the document, within the frame that all clients share; NULL: none has come */
  char     *code;     /* of the error that came in its place, or NULL */
  char     *message;
} Asked;

#define SS_TYPE_HTTP_LINK (ss_http_link_get_type ())
G_DECLARE_FINAL_TYPE (SsHttpLink, ss_http_link, SS, HTTP_LINK, SsLink)

struct _SsHttpLink
{
  SsLink             parent_instance;

  SoupServerMessage *message;    /* NULL once it is over */
  GWeakRef           socket;     /* of the message */
  ServerSignalPeer  *peer;       /* weak; NULL: it has none yet, or no more */
  GPtrArray         *asked;      /* of Asked */
  GHashTable        *by_name;    /* of Asked, which it does not own */
  char              *pointer;    /* or NULL */
  gboolean           all;        /* no name was given */
  gboolean           events;
  gboolean           complete;   /* the end of the answer has been given to libsoup */
  guint              n_awaited;  /* signals whose answer has not come */

  /* The text that libsoup does not have yet. */
  GQueue             pieces;     /* GBytes */
  gsize              offset;     /* in the first of them */
  GString           *tail;       /* behind them */
  gsize              n_waiting;  /* bytes of them all */
  SsDeferred         write;

  gsize              n_writing;  /* bytes that libsoup has and has not written */
  gint64             n_queued;
  gint64             n_written;
  guint              n_writes;
  gsize              mark;
  gboolean           has_mark;
  SsLinkCounters    *counters;   /* or NULL */
  gboolean           counted;    /* as one that writes */

  SsStallDetector    stall;
  guint              close_timeout_ms;
  gint64             deadline;      /* monotonic time of the end; 0: none has begun */
  gint64             last_deadline; /* which no progress moves it beyond */
  GSource           *tick;
  GSource           *gone;
};

G_DEFINE_FINAL_TYPE (SsHttpLink, ss_http_link, SS_TYPE_LINK)

static void ss_http_link_cut (SsLink *link);

static void
asked_free (gpointer data)
{
  Asked *asked = data;

  g_free (asked->name);
  g_free (asked->epoch);
  g_clear_pointer (&asked->text, g_bytes_unref);
  g_free (asked->code);
  g_free (asked->message);
  g_free (asked);
}

static Asked *
add_asked (SsHttpLink *self,
           const char *name)
{
  Asked *asked = g_new0 (Asked, 1);

  asked->name = g_strdup (name);
  g_ptr_array_add (self->asked, asked);
  g_hash_table_insert (self->by_name, asked->name, asked);

  return asked;
}

static Asked *
find_asked (SsHttpLink *self,
            const char *name)
{
  return name != NULL ? g_hash_table_lookup (self->by_name, name) : NULL;
}

static void
subscribe (SsHttpLink  *self,
           const Asked *asked)
{
  g_autoptr (SsMessage) frame =
    ss_frame_encode_subscribe (asked->name, asked->epoch, asked->revision, 0);
  gsize length;
  const char *text = ss_message_payload (frame, &length);
  g_autoptr (GBytes) bytes = g_bytes_new (text, length);

  ss_link_received (SS_LINK (self), bytes);
}

/* The end */

static gsize
get_backlog (SsHttpLink *self)
{
  return self->n_waiting + self->n_writing;
}

static void
count_writing (SsHttpLink *self,
               gboolean    writes)
{
  if (self->counters == NULL || self->counted == writes)
    return;

  self->counted = writes;
  if (writes)
    self->counters->n_writing++;
  else
    self->counters->n_writing--;
}

static void
forget_message (SsHttpLink *self)
{
  ss_poller_undefer (ss_link_get_poller (SS_LINK (self)), &self->write);
  count_writing (self, FALSE);
  ss_clear_source (&self->tick);
  ss_clear_source (&self->gone);
  if (self->counters != NULL)
    self->counters->backlog -= get_backlog (self);
  g_clear_pointer (&self->counters, ss_link_counters_unref);
  if (self->message != NULL)
    g_signal_handlers_disconnect_by_data (self->message, self);
  g_clear_object (&self->message);
}

static void
finished_cb (SoupServerMessage *message,
             SsHttpLink        *self)
{
  forget_message (self);
  ss_link_over (SS_LINK (self), 0);
}

static void
ss_http_link_cut (SsLink *link)
{
  SsHttpLink *self = SS_HTTP_LINK (link);
  g_autoptr (GSocket) socket = g_weak_ref_get (&self->socket);

  if (socket != NULL)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
  /* libsoup finds out when it writes, and lets the message go. */
  if (self->n_writing == 0)
    soup_message_body_append (soup_server_message_get_response_body (self->message),
                              SOUP_MEMORY_STATIC, "\n", 1);
  soup_server_message_unpause (self->message);
  forget_message (self);
  ss_link_over (link, 0);
}

/* A client that takes too little */

static int
get_fd (SsHttpLink *self)
{
  g_autoptr (GSocket) socket = g_weak_ref_get (&self->socket);

  return socket != NULL && !g_socket_is_closed (socket) ? g_socket_get_fd (socket) : -1;
}

static void
set_deadline (SsHttpLink *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->last_deadline == 0)
    self->last_deadline = now + SS_CLOSE_SECONDS_MAX * G_USEC_PER_SEC;
  self->deadline =
    MIN (now + self->close_timeout_ms * G_GINT64_CONSTANT (1000), self->last_deadline);
}

static gboolean
needs_tick (SsHttpLink *self)
{
  return self->message != NULL &&
         (self->deadline != 0 || (self->stall.since != 0 && self->stall.timeout_ms > 0));
}

static gboolean
tick_cb (gpointer user_data)
{
  g_autoptr (SsHttpLink) self = g_object_ref (user_data);
  gint64 now = g_get_monotonic_time ();

  if (self->stall.since != 0 && ss_stall_detector_takes (&self->stall, get_fd (self), now) &&
      self->deadline != 0)
    set_deadline (self);

  if (self->deadline != 0 && now >= self->deadline)
    ss_http_link_cut (SS_LINK (self));
  else if (ss_stall_detector_is_due (&self->stall, now))
    ss_link_stalled (SS_LINK (self));

  if (needs_tick (self))
    return G_SOURCE_CONTINUE;

  ss_clear_source (&self->tick);

  return G_SOURCE_REMOVE;
}

static void
update_tick (SsHttpLink *self)
{
  guint milliseconds = TICK_MS_MAX;

  ss_clear_source (&self->tick);
  if (!needs_tick (self))
    return;

  if (self->stall.timeout_ms > 0)
    milliseconds = MIN (milliseconds, self->stall.timeout_ms / 4 + 1);
  if (self->deadline != 0)
    milliseconds = MIN (milliseconds, self->close_timeout_ms / 4 + 1);

  self->tick = g_timeout_source_new (milliseconds);
  g_source_set_static_name (self->tick, "[server-signal] HTTP answer");
  g_source_set_callback (self->tick, tick_cb, self, NULL);
  g_source_attach (self->tick, ss_poller_get_context (ss_link_get_poller (SS_LINK (self))));
}

/* any: the client has taken something now. */
static void
watch_stall (SsHttpLink *self,
             gboolean    any)
{
  if (get_backlog (self) > 0)
    ss_stall_detector_blocked (&self->stall, any);
  else
    ss_stall_detector_clear (&self->stall);
  count_writing (self, get_backlog (self) > 0);

  if (needs_tick (self) != (self->tick != NULL))
    update_tick (self);
}

/* A part of an answer has been given to the kernel. */
static void
wrote_body_data_cb (SoupServerMessage *message,
                    guint              size,
                    SsHttpLink        *self)
{
  gsize n = MIN (size, self->n_writing);

  self->n_writing -= n;
  self->n_written += (gint64) n;
  self->n_writes++;
  if (self->counters != NULL)
    {
      self->counters->bytes += n;
      self->counters->backlog -= n;
    }
  watch_stall (self, TRUE);
}

/* libsoup does not read while it writes, so nobody else would notice before the next write. */
static gboolean
gone_cb (int          fd,
         GIOCondition condition,
         gpointer     user_data)
{
  g_autoptr (SsHttpLink) self = g_object_ref (user_data);

  ss_http_link_cut (SS_LINK (self));

  return G_SOURCE_REMOVE;
}

static void
watch_end (SsHttpLink *self)
{
  int fd = get_fd (self);
  GIOCondition condition = G_IO_HUP | G_IO_ERR;

  if (fd < 0)
    return;

  /* One that wants an answer may have said all that it has to say. */
  if (self->events)
    condition |= ENDED;
  self->gone = g_unix_fd_source_new (fd, condition);
  g_source_set_static_name (self->gone, "[server-signal] HTTP answer: gone");
  g_source_set_callback (self->gone, G_SOURCE_FUNC (gone_cb), self, NULL);
  g_source_attach (self->gone, ss_poller_get_context (ss_link_get_poller (SS_LINK (self))));
}

/* The text that waits for the client */

static void
push_tail (SsHttpLink *self)
{
  if (self->tail->len == 0)
    return;

  g_queue_push_tail (&self->pieces, g_string_free_to_bytes (g_steal_pointer (&self->tail)));
  self->tail = g_string_new (NULL);
}

static void
count_waiting (SsHttpLink *self,
               gsize       n)
{
  self->n_waiting += n;
  self->n_queued += (gint64) n;
  if (self->counters != NULL)
    self->counters->backlog += n;
}

static void
append_text (SsHttpLink *self,
             const char *text,
             gsize       length)
{
  g_string_append_len (self->tail, text, (gssize) length);
  count_waiting (self, length);
}

/* Copies what is short only. */
static void
append_bytes (SsHttpLink *self,
              GBytes     *bytes)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  if (length < SHARED_BYTES)
    {
      append_text (self, text, length);
      return;
    }

  push_tail (self);
  g_queue_push_tail (&self->pieces, g_bytes_ref (bytes));
  count_waiting (self, length);
}

static void
clear_waiting (SsHttpLink *self)
{
  g_queue_clear_full (&self->pieces, (GDestroyNotify) g_bytes_unref);
  g_string_truncate (self->tail, 0);
  if (self->counters != NULL)
    self->counters->backlog -= self->n_waiting;
  self->offset = 0;
  self->n_waiting = 0;
}

/* The kernel takes some megabytes for one client. For many that is too much in one turn. */
static gsize
get_chunk_bytes (SsHttpLink *self)
{
  guint64 n_links = self->counters != NULL ? MAX (self->counters->n_writing, 1) : 1;

  return (gsize) CLAMP (SS_HTTP_TURN_BYTES / n_links, SS_HTTP_LEAST_BYTES, SS_HTTP_MOST_BYTES);
}

/* Something waits. */
static GBytes *
pop_chunk (SsHttpLink *self,
           gsize       most)
{
  GBytes *first;
  GBytes *chunk;
  gsize n;

  if (g_queue_is_empty (&self->pieces))
    push_tail (self);
  first = g_queue_peek_head (&self->pieces);
  n = MIN (g_bytes_get_size (first) - self->offset, most);
  chunk = g_bytes_new_from_bytes (first, self->offset, n);
  self->offset += n;
  self->n_waiting -= n;
  if (self->offset == g_bytes_get_size (first))
    {
      g_bytes_unref (g_queue_pop_head (&self->pieces));
      self->offset = 0;
    }

  return chunk;
}

/* In a turn of its own, or libsoup would go on until the kernel takes no more. */
static void
write_cb (gpointer object)
{
  SsHttpLink *self = object;
  SoupMessageBody *body = soup_server_message_get_response_body (self->message);
  gsize most = get_chunk_bytes (self);

  if (self->n_waiting == 0)
    soup_message_body_complete (body);
  while (self->n_waiting > 0 && self->n_writing < most)
    {
      g_autoptr (GBytes) chunk = pop_chunk (self, most - self->n_writing);

      self->n_writing += g_bytes_get_size (chunk);
      soup_message_body_append_bytes (body, chunk);
    }

  soup_server_message_unpause (self->message);
}

static void
write_more (SsHttpLink *self)
{
  watch_stall (self, FALSE);
  /* The end of a document needs no word, as its length has been told. */
  if (self->n_writing == 0 && (self->n_waiting > 0 || (self->events && self->complete)))
    ss_poller_defer (ss_link_get_poller (SS_LINK (self)), &self->write);
}

static void
wrote_chunk_cb (SoupServerMessage *message,
                SsHttpLink        *self)
{
  if (self->has_mark && get_backlog (self) <= self->mark)
    {
      self->has_mark = FALSE;
      ss_link_drained (SS_LINK (self));
    }
  write_more (self);
}

/* The answer in JSON */

/* The waiting text is the answer, of that type; NULL: there is none. */
static void
finish (SsHttpLink *self,
        guint       status,
        const char *type)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (self->message);

  self->complete = TRUE;
  soup_server_message_set_status (self->message, status, NULL);
  if (type != NULL)
    soup_message_headers_replace (headers, "Content-Type", type);
  if (type != NULL)
    soup_message_headers_set_content_length (headers, (goffset) self->n_waiting);
  if (soup_server_message_get_method (self->message) == SOUP_METHOD_HEAD)
    clear_waiting (self);
  if (status == SOUP_STATUS_SERVICE_UNAVAILABLE)
    soup_message_headers_replace (headers, "Retry-After", G_STRINGIFY (SS_FULL_RETRY_SECONDS));

  /* From here on the stall timeout holds, as for every peer. */
  ss_listener_upgraded (ss_admission_find_socket (self->message));
  if (self->n_waiting > 0)
    write_more (self);
  else
    soup_server_message_unpause (self->message);
}

static void
refuse (SsHttpLink *self,
        guint       status,
        const char *text)
{
  append_text (self, text, strlen (text));
  append_text (self, "\n", 1);
  finish (self, status, "text/plain; charset=utf-8");
}

static guint
get_status (const char *code)
{
  if (g_strcmp0 (code, "unknown-signal") == 0)
    return SOUP_STATUS_NOT_FOUND;

  return g_strcmp0 (code, "behind") == 0 ? SOUP_STATUS_SERVICE_UNAVAILABLE
                                         : SOUP_STATUS_INTERNAL_SERVER_ERROR;
}

/* Of the revisions that the answer is made of. */
static char *
make_etag (SsHttpLink *self)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < self->asked->len; i++)
    {
      const Asked *asked = g_ptr_array_index (self->asked, i);
      g_autofree char *revision = g_strdup_printf ("%" G_GUINT64_FORMAT, asked->revision);

      if (asked->text == NULL)
        continue;

      /* With the NUL that ends each. */
      g_checksum_update (checksum, (const guchar *) asked->name, (gssize) strlen (asked->name) + 1);
      g_checksum_update (checksum, (const guchar *) asked->epoch,
                         (gssize) strlen (asked->epoch) + 1);
      g_checksum_update (checksum, (const guchar *) revision, (gssize) strlen (revision) + 1);
    }

  return g_strdup_printf ("\"%.32s\"", g_checksum_get_string (checksum));
}

/* A signal that has gone meanwhile is not missed; anything else that is missing is. */
static const Asked *
find_failed (SsHttpLink *self)
{
  for (guint i = 0; i < self->asked->len; i++)
    {
      const Asked *asked = g_ptr_array_index (self->asked, i);

      if (asked->code != NULL && !g_str_equal (asked->code, "unknown-signal"))
        return asked;
    }

  return NULL;
}

static void
append_object (SsHttpLink *self)
{
  g_autoptr (GString) text = g_string_new ("{");

  for (guint i = 0; i < self->asked->len; i++)
    {
      const Asked *asked = g_ptr_array_index (self->asked, i);

      if (asked->text == NULL)
        continue;

      ss_append_quoted (text, asked->name, -1);
      g_string_append_c (text, ':');
      append_text (self, text->str, text->len);
      append_bytes (self, asked->text);
      g_string_assign (text, ",");
    }
  /* Without a member the brace is still here. */
  g_string_assign (text, text->str[0] == '{' ? "{}" : "}");
  append_text (self, text->str, text->len);
}

/* The document that the text was made of, if it is there still: to read a large text for a small part
 * of it costs a thousand times what the part does. */
static SsValue *
ref_document (SsHttpLink  *self,
              const Asked *asked)
{
  ServerSignal *signal = self->peer != NULL ? ss_peer_find_signal (self->peer, asked->name) : NULL;
  gsize length;
  const char *text;

  if (signal != NULL && server_signal_get_revision (signal) == asked->revision &&
      g_strcmp0 (server_signal_get_epoch (signal), asked->epoch) == 0)
    return ss_signal_ref_committed (signal);

  text = g_bytes_get_data (asked->text, &length);

  return ss_value_from_json (text, (gssize) length, SS_DOCUMENT_DEPTH, NULL);
}

/* NULL and an error: nothing is there. */
static GString *
make_part (SsHttpLink   *self,
           const Asked  *asked,
           GError      **error)
{
  g_autoptr (SsValue) document = ref_document (self, asked);
  const SsValue *part = ss_pointer_resolve (document, self->pointer, error);
  GString *text;

  if (part == NULL)
    return NULL;

  text = g_string_new (NULL);
  ss_value_append_json (part, text);

  return text;
}

/* All answers are there. */
static void
answer_json (SsHttpLink *self)
{
  gboolean is_single = !self->all && self->asked->len == 1;
  const Asked *asked = is_single ? g_ptr_array_index (self->asked, 0) : NULL;
  const Asked *failed = is_single ? NULL : find_failed (self);
  g_autoptr (GString) part = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *etag = NULL;

  if (failed != NULL)
    {
      g_autofree char *why = g_strdup_printf ("%s: %s", failed->name, failed->message);

      refuse (self, get_status (failed->code), why);
      return;
    }
  if (is_single && asked->text == NULL)
    {
      refuse (self, get_status (asked->code), asked->message);
      return;
    }
  if (is_single && self->pointer != NULL && (part = make_part (self, asked, &error)) == NULL)
    {
      refuse (self, SOUP_STATUS_NOT_FOUND, error->message);
      return;
    }

  etag = make_etag (self);
  soup_message_headers_replace (soup_server_message_get_response_headers (self->message), "ETag",
                                etag);
  if (ss_etag_is_known (self->message, etag))
    {
      finish (self, SOUP_STATUS_NOT_MODIFIED, NULL);
      return;
    }

  if (part != NULL)
    append_text (self, part->str, part->len);
  else if (is_single)
    append_bytes (self, asked->text);
  else
    append_object (self);
  finish (self, SOUP_STATUS_OK, JSON_TYPE);
}

static void
take_answer (SsHttpLink *self,
             SsFrame    *frame,
             GBytes     *text)
{
  Asked *asked = find_asked (self, frame->name);

  if (asked == NULL || asked->text != NULL || asked->code != NULL)
    return;

  if (frame->kind == SS_FRAME_SNAPSHOT)
    {
      asked->text = g_bytes_ref (text);
      g_free (asked->epoch);
      asked->epoch = g_steal_pointer (&frame->epoch);
      asked->revision = frame->rev;
    }
  else
    {
      asked->code = g_steal_pointer (&frame->code);
      asked->message = g_steal_pointer (&frame->message);
    }
  self->n_awaited--;
}

static void
take_hello (SsHttpLink *self,
            GStrv       names)
{
  for (gsize i = 0; self->all && names[i] != NULL; i++)
    {
      self->n_awaited++;
      subscribe (self, add_asked (self, names[i]));
    }
}

static GBytes *
share (SsMessage  *message,
       const char *text,
       gsize       length)
{
  return g_bytes_new_with_free_func (text, length, (GDestroyNotify) ss_message_unref,
                                     ss_message_ref (message));
}

/* The document within the frame; in a frame that is written in another way it has to be read. */
static GBytes *
read_snapshot (SsFrame   *frame,
               SsMessage *message)
{
  gsize length;
  const char *text = ss_message_payload (message, &length);
  const char *document;
  gsize n;
  g_autoptr (GString) copy = NULL;

  if (ss_frame_find_snapshot (frame, text, length, &document, &n))
    return share (message, document, n);
  if (!ss_frame_decode (frame, text, length, NULL) || frame->kind != SS_FRAME_SNAPSHOT)
    return NULL;

  copy = g_string_new (NULL);
  ss_value_append_json (frame->value, copy);

  return g_string_free_to_bytes (g_steal_pointer (&copy));
}

static void
take_frame (SsHttpLink *self,
            SsMessage  *message)
{
  g_auto (SsFrame) frame = { 0 };
  g_autoptr (GBytes) document = NULL;

  if (self->complete)
    return;

  document = read_snapshot (&frame, message);
  if (frame.kind == SS_FRAME_HELLO)
    take_hello (self, frame.signals);
  else if (document != NULL || frame.kind == SS_FRAME_ERROR)
    take_answer (self, &frame, document);

  if (self->n_awaited == 0)
    answer_json (self);
}

/* The stream of events */

static void
append_event (SsHttpLink *self,
              const char *format,
              ...) G_GNUC_PRINTF (2, 3);

static void
append_event (SsHttpLink *self,
              const char *format,
              ...)
{
  gsize before = self->tail->len;
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (self->tail, format, args);
  va_end (args);

  count_waiting (self, self->tail->len - before);
}

/* The frame is JSON without line breaks. */
static void
append_data (SsHttpLink *self,
             SsMessage  *message)
{
  gsize length;
  const char *text = ss_message_payload (message, &length);
  g_autoptr (GBytes) bytes = share (message, text, length);

  append_text (self, "data: ", strlen ("data: "));
  append_bytes (self, bytes);
  append_text (self, "\n\n", 2);
}

/* Where the stream has come to, for a client that comes back: only a stream of one signal can say that
 * in a word. The frames are our own, so their last members are where they are: the epoch and the
 * revision of a snapshot, the base and the revision of an update. */
static void
append_id (SsHttpLink *self,
           const char *text,
           gsize       length)
{
  Asked *asked = g_ptr_array_index (self->asked, 0);
  const char *revision = g_strrstr_len (text, (gssize) length, ",\"rev\":");
  g_autofree char *escaped = NULL;

  g_assert (revision != NULL);

  if (revision[-1] == '"')
    {
      const char *epoch = g_strrstr_len (text, revision - text, ",\"epoch\":\"");

      g_assert (epoch != NULL);

      epoch += strlen (",\"epoch\":\"");
      g_free (asked->epoch);
      asked->epoch = g_strndup (epoch, (gsize) (revision - 1 - epoch));
    }

  /* An escape of JSON is not worth more than a snapshot. */
  if (asked->epoch == NULL || strchr (asked->epoch, '\\') != NULL)
    return;

  escaped = g_uri_escape_string (asked->epoch, NULL, FALSE);
  append_event (self, "id: %s:%" G_GUINT64_FORMAT "\n", escaped,
                g_ascii_strtoull (revision + strlen (",\"rev\":"), NULL, 10));
}

static void
take_event (SsHttpLink *self,
            SsMessage  *message)
{
  gsize length;
  const char *text = ss_message_payload (message, &length);
  g_auto (SsFrame) frame = { 0 };
  gboolean is_news = !g_str_has_prefix (text, "{\"name\":");

  if (is_news && self->all && ss_frame_decode (&frame, text, length, NULL))
    {
      if (frame.kind == SS_FRAME_HELLO)
        take_hello (self, frame.signals);
      else if (frame.kind == SS_FRAME_SIGNAL && frame.news == SS_NEWS_ADDED &&
               find_asked (self, frame.name) == NULL)
        subscribe (self, add_asked (self, frame.name));
    }

  if (!is_news && !self->all && self->asked->len == 1)
    append_id (self, text, length);
  append_data (self, message);
  if (self->counters != NULL)
    self->counters->frames++;
  write_more (self);
}

/* SsLink */

static void
ss_http_link_start (SsLink *link)
{
  SsHttpLink *self = SS_HTTP_LINK (link);

  watch_end (self);
  for (guint i = 0; i < self->asked->len; i++)
    subscribe (self, g_ptr_array_index (self->asked, i));
}

static void
ss_http_link_send (SsLink    *link,
                   SsMessage *message)
{
  SsHttpLink *self = SS_HTTP_LINK (link);

  if (self->events)
    take_event (self, message);
  else
    take_frame (self, message);
}

/* A browser that is to come again does so by itself. */
static void
ss_http_link_close (SsLink     *link,
                    gushort     code,
                    const char *reason,
                    gboolean    discard)
{
  SsHttpLink *self = SS_HTTP_LINK (link);

  /* Half of a document says nothing, and there is no place for a reason behind it. */
  if (!self->events && self->complete && discard)
    {
      ss_http_link_cut (link);
      return;
    }

  if (!self->events && !self->complete)
    refuse (self, SOUP_STATUS_SERVICE_UNAVAILABLE, reason != NULL ? reason : "Not now.");
  if (self->events)
    {
      if (discard && self->n_waiting > 0)
        {
          clear_waiting (self);
          /* It may have been in the middle of an event. */
          append_event (self, "\n\n");
        }
      append_event (self, "event: close\ndata: {\"code\":%u}\n\n", code);
      self->complete = TRUE;
      write_more (self);
    }
  set_deadline (self);
  update_tick (self);
}

static gboolean
ss_http_link_is_open (SsLink *link)
{
  SsHttpLink *self = SS_HTTP_LINK (link);

  return self->message != NULL && !self->complete;
}

static void
ss_http_link_set_limit (SsLink      *link,
                        SsLinkLimit  limit,
                        gsize        value)
{
  SsHttpLink *self = SS_HTTP_LINK (link);

  switch (limit)
    {
    case SS_LINK_CLOSE_TIMEOUT:
      self->close_timeout_ms = (guint) value;
      break;

    case SS_LINK_STALL_TIMEOUT:
      self->stall.timeout_ms = (guint) value;
      update_tick (self);
      break;

    case SS_LINK_USER_TIMEOUT:
      ss_socket_set_user_timeout (get_fd (self), (guint) value);
      break;

    case SS_LINK_MAX_MESSAGE:
    default:
      break;
    }
}

static void
ss_http_link_set_counters (SsLink         *link,
                           SsLinkCounters *counters)
{
  SsHttpLink *self = SS_HTTP_LINK (link);

  self->counters = ss_link_counters_ref (counters);
}

static gsize
ss_http_link_get_backlog (SsLink *link)
{
  return get_backlog (SS_HTTP_LINK (link));
}

static void
ss_http_link_when_drained (SsLink *link,
                           gsize   mark)
{
  SsHttpLink *self = SS_HTTP_LINK (link);

  if (get_backlog (self) <= mark)
    {
      ss_link_drained (link);
      return;
    }
  self->mark = mark;
  self->has_mark = TRUE;
}

/* Nothing comes in but the questions for what the query asks for, which are there from the start. So they
 * are answered over several turns when they are many. */
static void
ss_http_link_hold_input (SsLink   *link,
                         gboolean  held)
{
}

/* A comment, which every client ignores, and which keeps proxies from ending a silent stream. */
static gboolean
ss_http_link_ping (SsLink *link)
{
  SsHttpLink *self = SS_HTTP_LINK (link);

  if (!self->events || self->complete || get_backlog (self) > 0)
    return FALSE;

  append_event (self, ":\n\n");
  write_more (self);

  return TRUE;
}

static void
ss_http_link_measure (SsLink         *link,
                      SsLinkProgress *progress)
{
  SsHttpLink *self = SS_HTTP_LINK (link);

  progress->stalled_since = self->stall.since;
  progress->n_queued = self->n_queued;
  progress->n_confirmed = self->n_written;
  progress->n_writes = self->n_writes;
}

static void
ss_http_link_dispose (GObject *object)
{
  SsHttpLink *self = SS_HTTP_LINK (object);

  G_OBJECT_CLASS (ss_http_link_parent_class)->dispose (object);

  forget_message (self);
  g_clear_weak_pointer (&self->peer);
}

static void
ss_http_link_finalize (GObject *object)
{
  SsHttpLink *self = SS_HTTP_LINK (object);

  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->asked);
  g_free (self->pointer);
  clear_waiting (self);
  g_string_free (self->tail, TRUE);
  g_weak_ref_clear (&self->socket);

  G_OBJECT_CLASS (ss_http_link_parent_class)->finalize (object);
}

static void
ss_http_link_class_init (SsHttpLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  SsLinkClass *link_class = SS_LINK_CLASS (klass);

  object_class->dispose = ss_http_link_dispose;
  object_class->finalize = ss_http_link_finalize;

  link_class->send = ss_http_link_send;
  link_class->close = ss_http_link_close;
  link_class->cut = ss_http_link_cut;
  link_class->start = ss_http_link_start;
  link_class->is_open = ss_http_link_is_open;
  link_class->set_limit = ss_http_link_set_limit;
  link_class->set_counters = ss_http_link_set_counters;
  link_class->get_backlog = ss_http_link_get_backlog;
  link_class->when_drained = ss_http_link_when_drained;
  link_class->hold_input = ss_http_link_hold_input;
  link_class->ping = ss_http_link_ping;
  link_class->measure = ss_http_link_measure;
}

static void
ss_http_link_init (SsHttpLink *self)
{
  self->asked = g_ptr_array_new_with_free_func (asked_free);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->tail = g_string_new (NULL);
  self->write.object = self;
  self->write.func = write_cb;
  g_weak_ref_init (&self->socket, NULL);
  self->close_timeout_ms = SS_CLOSE_SECONDS * 1000;
}

/* The query */

/* RFC 9110, 12.5.1: the one of ours that is liked best. A client that takes anything is told what
 * is here. */
static const char *
get_wanted_type (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *accept = soup_message_headers_get_list (headers, "Accept");
  GSList *types = accept != NULL ? soup_header_parse_quality_list (accept, NULL) : NULL;
  const char *wanted = NULL;

  for (GSList *link = types; link != NULL && wanted == NULL; link = link->next)
    {
      g_autofree char *type = g_strndup (link->data, strcspn (link->data, "; \t"));

      if (g_ascii_strcasecmp (type, JSON_TYPE) == 0)
        wanted = JSON_TYPE;
      else if (g_ascii_strcasecmp (type, EVENTS_TYPE) == 0)
        wanted = EVENTS_TYPE;
    }
  soup_header_free_list (types);

  return wanted;
}

gboolean
ss_http_link_is_asked (SoupServerMessage *message)
{
  const char *type = get_wanted_type (message);

  /* Of a stream there is nothing to say without its content. */
  return type != NULL && (soup_server_message_get_method (message) != SOUP_METHOD_HEAD ||
                          g_str_equal (type, JSON_TYPE));
}

/* E:R, of which E is escaped. */
static gboolean
take_since (Asked      *asked,
            const char *since)
{
  const char *colon = strrchr (since, ':');
  guint64 revision;

  if (colon == NULL ||
      !g_ascii_string_to_unsigned (colon + 1, 10, 0, SS_REVISION_MAX, &revision, NULL))
    return FALSE;

  g_free (asked->epoch);
  asked->epoch = g_uri_unescape_segment (since, colon, NULL);
  asked->revision = revision;

  return asked->epoch != NULL && g_utf8_validate (asked->epoch, -1, NULL);
}

static gboolean
parse_query (SsHttpLink  *self,
             GUri        *uri,
             GError     **error)
{
  const char *query = uri != NULL ? g_uri_get_query (uri) : NULL;
  GUriParamsIter iter;
  char *key;
  char *text;

  if (query == NULL)
    return TRUE;

  g_uri_params_iter_init (&iter, query, -1, "&", G_URI_PARAMS_WWW_FORM);
  while (g_uri_params_iter_next (&iter, &key, &text, error))
    {
      g_autofree char *attribute = key;
      g_autofree char *value = text;
      Asked *last =
        self->asked->len > 0 ? g_ptr_array_index (self->asked, self->asked->len - 1) : NULL;

      if (g_str_equal (attribute, "name") && (value[0] == '\0' || strlen (value) > SS_NAME_BYTES))
        {
          g_set_error (error, G_URI_ERROR, G_URI_ERROR_BAD_QUERY,
                       "“name” has 1 to %u bytes of UTF-8", SS_NAME_BYTES);
          return FALSE;
        }
      else if (g_str_equal (attribute, "name") && find_asked (self, value) == NULL)
        {
          add_asked (self, value);
        }
      else if (g_str_equal (attribute, "pointer"))
        {
          g_free (self->pointer);
          self->pointer = g_strdup (value);
        }
      else if (g_str_equal (attribute, "since") && (last == NULL || !take_since (last, value)))
        {
          g_set_error (error, G_URI_ERROR, G_URI_ERROR_BAD_QUERY,
                       "“since” is not the epoch and the revision of a name: %s", value);
          return FALSE;
        }
    }

  return *error == NULL;
}

static gboolean
check_query (SsHttpLink  *self,
             GError     **error)
{
  if (self->pointer == NULL)
    return TRUE;

  if (self->events || self->asked->len != 1)
    {
      g_set_error_literal (error, G_URI_ERROR, G_URI_ERROR_BAD_QUERY,
                           "“pointer” is for a document, which “name” says");
      return FALSE;
    }

  return ss_pointer_is_valid (self->pointer, error);
}

static void
begin_stream (SsHttpLink *self)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (self->message);
  SoupMessageHeaders *response = soup_server_message_get_response_headers (self->message);
  const char *last = soup_message_headers_get_one (request, "Last-Event-ID");

  /* A browser that comes back; one that makes no sense is as none. */
  if (last != NULL && self->asked->len == 1)
    take_since (g_ptr_array_index (self->asked, 0), last);

  soup_message_headers_set_encoding (response, soup_server_message_get_http_version (
                                                 self->message) == SOUP_HTTP_1_0
                                                 ? SOUP_ENCODING_EOF
                                                 : SOUP_ENCODING_CHUNKED);
  soup_message_headers_set_content_type (response, EVENTS_TYPE, NULL);
  /* nginx would gather it. */
  soup_message_headers_replace (response, "X-Accel-Buffering", "no");
  soup_server_message_set_status (self->message, SOUP_STATUS_OK, NULL);
  ss_listener_upgraded (ss_admission_find_socket (self->message));
}

static void
set_headers (SsHttpLink *self)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (self->message);
  SoupMessageHeaders *response = soup_server_message_get_response_headers (self->message);
  const char *origin = soup_message_headers_get_one (request, "Origin");

  soup_message_headers_set_encoding (response, SOUP_ENCODING_CONTENT_LENGTH);
  soup_message_headers_replace (response, "Cache-Control", self->events ? "no-store" : "no-cache");
  soup_message_headers_replace (response, "Vary", "Accept, Origin");
  soup_message_headers_replace (response, "X-Content-Type-Options", "nosniff");
  /* The hub has let it in. A script of another page gets nothing without these. */
  soup_message_headers_replace (response, "Cross-Origin-Resource-Policy", "same-origin");
  if (origin != NULL)
    {
      soup_message_headers_replace (response, "Access-Control-Allow-Origin", origin);
      soup_message_headers_replace (response, "Access-Control-Allow-Credentials", "true");
    }
}

SsLink *
ss_http_link_new (SoupServerMessage *message)
{
  g_autoptr (SsHttpLink) self = g_object_new (SS_TYPE_HTTP_LINK, NULL);
  g_autoptr (GError) error = NULL;

  self->message = g_object_ref (message);
  g_weak_ref_set (&self->socket, ss_admission_find_socket (message));
  self->events = g_strcmp0 (get_wanted_type (message), EVENTS_TYPE) == 0;
  set_headers (self);
  if (!parse_query (self, soup_server_message_get_uri (message), &error) ||
      !check_query (self, &error))
    {
      g_autofree char *text = g_strconcat (error->message, "\n", NULL);

      soup_server_message_set_status (message, SOUP_STATUS_BAD_REQUEST, NULL);
      soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY,
                                        text, strlen (text));
      /* There is nothing to cut. */
      ss_link_over (SS_LINK (self), 0);
      return NULL;
    }

  self->all = self->asked->len == 0;
  self->n_awaited = self->asked->len;
  ss_link_set_protocol (SS_LINK (self), SS_PROTOCOL_V1);
  ss_link_set_remote_address (SS_LINK (self), ss_socket_get_message_address (message));
  g_signal_connect (message, "finished", G_CALLBACK (finished_cb), self);
  g_signal_connect (message, "disconnected", G_CALLBACK (finished_cb), self);
  g_signal_connect (message, "wrote-body-data", G_CALLBACK (wrote_body_data_cb), self);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (wrote_chunk_cb), self);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  if (self->events)
    begin_stream (self);
  soup_server_message_pause (message);

  return SS_LINK (g_steal_pointer (&self));
}

void
ss_http_link_set_peer (SsLink           *link,
                       ServerSignalPeer *peer)
{
  if (SS_IS_HTTP_LINK (link))
    g_set_weak_pointer (&SS_HTTP_LINK (link)->peer, peer);
}
