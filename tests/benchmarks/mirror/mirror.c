/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Measures the cost of following a list at the receiving end, as README.md says. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libserver-signal.h"

#include "json/ss-diff.h"
#include "json/ss-reader.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"

#define N_BATCHES 5
#define SHOWN 200

/* The processor's time, so that other work on the machine counts less. */
static gint64
now_usec (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* A row. */

#define BENCH_TYPE_ROW (bench_row_get_type ())
G_DECLARE_FINAL_TYPE (BenchRow, bench_row, BENCH, ROW, GObject)

enum
{
  ROW_ID = 1,
  ROW_NAME,
  ROW_COUNT,
  ROW_LOAD,
  ROW_ON,
  N_ROW_PROPS
};

static GParamSpec *row_props[N_ROW_PROPS];

struct _BenchRow
{
  GObject  parent_instance;
  gint64   id;
  char    *name;
  int      count;
  double   load;
  gboolean on;
};

G_DEFINE_FINAL_TYPE (BenchRow, bench_row, G_TYPE_OBJECT)

static void
bench_row_set_property (GObject      *object,
                        guint         prop_id,
                        const GValue *value,
                        GParamSpec   *pspec)
{
  BenchRow *self = BENCH_ROW (object);

  switch (prop_id)
    {
    case ROW_ID:
      self->id = g_value_get_int64 (value);
      break;
    case ROW_NAME:
      g_free (self->name);
      self->name = g_value_dup_string (value);
      break;
    case ROW_COUNT:
      self->count = g_value_get_int (value);
      break;
    case ROW_LOAD:
      self->load = g_value_get_double (value);
      break;
    default:
      self->on = g_value_get_boolean (value);
      break;
    }
  g_object_notify_by_pspec (object, pspec);
}

static void
bench_row_get_property (GObject    *object,
                        guint       prop_id,
                        GValue     *value,
                        GParamSpec *pspec)
{
  BenchRow *self = BENCH_ROW (object);

  switch (prop_id)
    {
    case ROW_ID:
      g_value_set_int64 (value, self->id);
      break;
    case ROW_NAME:
      g_value_set_string (value, self->name);
      break;
    case ROW_COUNT:
      g_value_set_int (value, self->count);
      break;
    case ROW_LOAD:
      g_value_set_double (value, self->load);
      break;
    default:
      g_value_set_boolean (value, self->on);
      break;
    }
}

static void
bench_row_finalize (GObject *object)
{
  g_free (BENCH_ROW (object)->name);
  G_OBJECT_CLASS (bench_row_parent_class)->finalize (object);
}

static void
bench_row_class_init (BenchRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->set_property = bench_row_set_property;
  object_class->get_property = bench_row_get_property;
  object_class->finalize = bench_row_finalize;

  row_props[ROW_ID] = g_param_spec_int64 ("id", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  row_props[ROW_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  row_props[ROW_COUNT] = g_param_spec_int ("count", NULL, NULL, G_MININT, G_MAXINT, 0, flags);
  row_props[ROW_LOAD] = g_param_spec_double ("load", NULL, NULL, -1e9, 1e9, 0.0, flags);
  row_props[ROW_ON] = g_param_spec_boolean ("on", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_ROW_PROPS, row_props);
}

static void
bench_row_init (BenchRow *self)
{
}

/* Applications without a list go through all of a new value. */

static void
row_read (BenchRow   *row,
          JsonObject *object)
{
  const char *name = json_object_get_string_member (object, "name");

  if (row->id != json_object_get_int_member (object, "id"))
    g_object_set (row, "id", json_object_get_int_member (object, "id"), NULL);
  if (g_strcmp0 (row->name, name) != 0)
    g_object_set (row, "name", name, NULL);
  if (row->count != json_object_get_int_member (object, "count"))
    g_object_set (row, "count", (int) json_object_get_int_member (object, "count"), NULL);
  if (row->load != json_object_get_double_member (object, "load"))
    g_object_set (row, "load", json_object_get_double_member (object, "load"), NULL);
  if (row->on != json_object_get_boolean_member (object, "on"))
    g_object_set (row, "on", json_object_get_boolean_member (object, "on"), NULL);
}

static GPtrArray *
rows_new (JsonArray *array,
          guint      from)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = from; i < json_array_get_length (array); i++)
    {
      BenchRow *row = g_object_new (BENCH_TYPE_ROW, NULL);

      row_read (row, json_array_get_object_element (array, i));
      g_ptr_array_add (rows, row);
    }

  return rows;
}

static void
rebuild_cb (ServerSignal *signal,
            GParamSpec   *pspec,
            GListStore   *store)
{
  g_autoptr (JsonNode) node = server_signal_dup_value (signal, "/rows");
  g_autoptr (GPtrArray) rows = rows_new (json_node_get_array (node), 0);

  g_list_store_splice (store, 0, g_list_model_get_n_items (G_LIST_MODEL (store)), rows->pdata,
                       rows->len);
}

static void
compare_cb (ServerSignal *signal,
            GParamSpec   *pspec,
            GListStore   *store)
{
  g_autoptr (JsonNode) node = server_signal_dup_value (signal, "/rows");
  JsonArray *array = json_node_get_array (node);
  guint n_now = g_list_model_get_n_items (G_LIST_MODEL (store));
  guint n = json_array_get_length (array);

  for (guint i = 0; i < MIN (n, n_now); i++)
    {
      g_autoptr (BenchRow) row = g_list_model_get_item (G_LIST_MODEL (store), i);

      row_read (row, json_array_get_object_element (array, i));
    }

  if (n < n_now)
    {
      g_list_store_splice (store, n, n_now - n, NULL, 0);
    }
  else if (n > n_now)
    {
      g_autoptr (GPtrArray) rows = rows_new (array, n_now);

      g_list_store_splice (store, n_now, 0, rows->pdata, rows->len);
    }
}

/* The ways to follow. */

typedef enum
{
  NOTHING,
  LIST_SHOWN,
  LIST_ALL,
  VIEWS_ALL,
  COMPARE,
  REBUILD,
  N_WAYS
} Way;

static const char *way_names[N_WAYS] = {
  "signal alone", "list, 200 shown", "list, all made", "list of views", "walk, compare", "rebuild",
};

static guint n_changed;

static void
changed_cb (void)
{
  n_changed++;
}

static GListModel *
follow (ServerSignal *signal,
        Way           way)
{
  GListModel *model = NULL;

  switch (way)
    {
    case LIST_SHOWN:
    case LIST_ALL:
      model = G_LIST_MODEL (server_signal_list_new (signal, "/rows", BENCH_TYPE_ROW));
      break;

    case VIEWS_ALL:
      model = G_LIST_MODEL (server_signal_list_new (signal, "/rows", G_TYPE_NONE));
      break;

    case COMPARE:
    case REBUILD:
      model = G_LIST_MODEL (g_list_store_new (BENCH_TYPE_ROW));
      g_signal_connect_object (signal, "notify::value",
                               way == REBUILD ? G_CALLBACK (rebuild_cb) : G_CALLBACK (compare_cb),
                               model, 0);
      rebuild_cb (signal, NULL, G_LIST_STORE (model));
      break;

    case NOTHING:
    case N_WAYS:
    default:
      return NULL;
    }

  for (guint i = 0; i < g_list_model_get_n_items (model) && (i < SHOWN || way != LIST_SHOWN); i++)
    g_object_unref (g_list_model_get_item (model, i));
  g_signal_connect (model, "items-changed", changed_cb, NULL);

  return model;
}

/* The documents. */

static char *
row_text (guint id)
{
  return g_strdup_printf (
    "{\"id\":%u,\"name\":\"row number %u\",\"count\":%u,\"load\":%u.5,\"on\":%s}", id, id, id % 97,
    id % 13, id % 2 ? "true" : "false");
}

static SsValue *
make_document (const guint *ids,
               guint        n)
{
  GString *text = g_string_new ("{\"rows\":[");
  SsValue *document;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *row = row_text (ids[i]);

      if (i > 0)
        g_string_append_c (text, ',');
      g_string_append (text, row);
    }
  g_string_append (text, "]}");
  document = ss_value_from_json (text->str, (gssize) text->len, SS_DOCUMENT_DEPTH, NULL);
  g_string_free (text, TRUE);

  return document;
}

static ServerSignalPatch *
patch_of (const char *format,
          ...) G_GNUC_PRINTF (1, 2);

static ServerSignalPatch *
patch_of (const char *format,
          ...)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  ServerSignalPatch *patch;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_strdelimit (text, "'", '"');
  patch = server_signal_patch_new_from_json (text, &error);
  g_assert_no_error (error);

  return patch;
}

typedef enum
{
  ONE_FIELD,
  INSERT_HEAD,
  SLIDE,
  SORT,
  N_WORKS
} Work;

static const char *work_names[N_WORKS] = {
  "one field", "insert at the head", "in at the head, out at the end", "sort (shuffled and back)",
};

/* The patches of one turn and of the next, which takes back what the first did where there would be
 * no end to it otherwise. */
static void
make_patches (Work                work,
              guint               n,
              guint               turn,
              const SsValue      *sorted,
              const SsValue      *shuffled,
              ServerSignalPatch **patch)
{
  g_autofree char *row = row_text (n + turn);

  switch (work)
    {
    case ONE_FIELD:
      *patch = patch_of ("[{'op':'replace','path':'/rows/%u/count','value':%u}]",
                         (turn * 7919u) % n, 100 + turn);
      break;

    case INSERT_HEAD:
      *patch = patch_of ("[{'op':'add','path':'/rows/0','value':%s}]", row);
      break;

    case SLIDE:
      *patch =
        patch_of ("[{'op':'add','path':'/rows/0','value':%s},{'op':'remove','path':'/rows/%u'}]",
                  row, n);
      break;

    case SORT:
      *patch = turn % 2 == 0 ? ss_diff (sorted, shuffled, NULL) : ss_diff (shuffled, sorted, NULL);
      break;

    case N_WORKS:
    default:
      g_assert_not_reached ();
    }
}

static double
measure (Work           work,
         Way            way,
         guint          n,
         const SsValue *sorted,
         const SsValue *shuffled)
{
  ServerSignal *signal = ss_signal_new_replica ("bench", sorted);
  GListModel *model = follow (signal, way);
  guint batch_turns = work == SORT || way >= COMPARE ? 2 : 2000;
  double least = G_MAXDOUBLE;
  guint turn = 0;
  guint64 revision = 0;
  const guint n_batches = work == SORT && n > 10000 ? 1 : N_BATCHES;

  for (guint batch = 0; batch < n_batches; batch++)
    {
      g_autoptr (GPtrArray) patches =
        g_ptr_array_new_with_free_func ((GDestroyNotify) server_signal_patch_unref);
      gint64 start;

      for (guint i = 0; i < batch_turns; i++)
        {
          ServerSignalPatch *patch;

          make_patches (work, n, turn++, sorted, shuffled, &patch);
          g_ptr_array_add (patches, patch);
        }

      start = now_usec ();
      for (guint i = 0; i < batch_turns; i++)
        if (!ss_signal_replica_apply (signal, patches->pdata[i], ++revision, NULL))
          g_error ("A patch does not apply");
      least = MIN (least, (double) (now_usec () - start) / batch_turns);
    }

  g_clear_object (&model);
  g_object_unref (signal);
  return least;
}

/* Many views of single values, beside handlers that look whether theirs has changed. */

typedef struct
{
  char  *pointer;
  gint64 value;
} Watched;

static guint n_notified;

static void
notified_cb (void)
{
  n_notified++;
}

static void
watch_cb (ServerSignal *signal,
          GParamSpec   *pspec,
          Watched      *watched)
{
  gint64 value = server_signal_get_int (signal, watched->pointer);

  if (value != watched->value)
    {
      watched->value = value;
      n_notified++;
    }
}

static double
measure_views (guint          n,
               int            way,
               const SsValue *document)
{
  ServerSignal *signal = ss_signal_new_replica ("bench", document);
  g_autoptr (GPtrArray) views = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree Watched *watched = g_new0 (Watched, n);
  double least = G_MAXDOUBLE;
  guint turn = 0;
  const guint batch_turns = way == 2 ? 20 : 2000;

  for (guint i = 0; i < n; i++)
    {
      watched[i].pointer = g_strdup_printf ("/rows/%u/count", i);
      watched[i].value = server_signal_get_int (signal, watched[i].pointer);
      if (way == 1)
        {
          g_ptr_array_add (views, server_signal_view_new (signal, watched[i].pointer));
          g_signal_connect (views->pdata[i], "notify::int-value", notified_cb, NULL);
        }
      else if (way == 2)
        {
          g_signal_connect (signal, "notify::value", G_CALLBACK (watch_cb), &watched[i]);
        }
    }

  n_notified = 0;
  for (guint batch = 0; batch < N_BATCHES; batch++)
    {
      g_autoptr (GPtrArray) patches =
        g_ptr_array_new_with_free_func ((GDestroyNotify) server_signal_patch_unref);
      gint64 start;

      for (guint i = 0; i < batch_turns; i++, turn++)
        g_ptr_array_add (patches, patch_of ("[{'op':'replace','path':'/rows/%u/count','value':%u}]",
                                            (turn * 7919u) % n, 100 + turn));
      start = now_usec ();
      for (guint i = 0; i < batch_turns; i++)
        ss_signal_replica_apply (signal, patches->pdata[i], turn + i + 1, NULL);
      least = MIN (least, (double) (now_usec () - start) / batch_turns);
    }
  g_assert_cmpuint (n_notified, ==, way == 0 ? 0 : turn);

  for (guint i = 0; i < n; i++)
    g_free (watched[i].pointer);
  g_ptr_array_set_size (views, 0);
  g_object_unref (signal);
  return least;
}

static int
compare_random (gconstpointer a,
                gconstpointer b)
{
  /* A number that knows nothing of the order. */
  guint x = *(const guint *) a * 2654435761u;
  guint y = *(const guint *) b * 2654435761u;

  return x < y ? -1 : x > y;
}

int
main (int   argc,
      char *argv[])
{
  const guint sizes[] = { 10000, 100000 };

  printf ("µs for each commit at the receiving end: its patch applied, and everybody told\n\n");
  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      guint n = sizes[s];
      g_autofree guint *ids = g_new (guint, n);
      g_autoptr (SsValue) sorted = NULL;
      g_autoptr (SsValue) shuffled = NULL;

      for (guint i = 0; i < n; i++)
        ids[i] = i;
      sorted = make_document (ids, n);
      qsort (ids, n, sizeof *ids, compare_random);
      shuffled = make_document (ids, n);

      printf ("%u rows of five members\n%-32s", n, "");
      for (guint way = 0; way < N_WAYS; way++)
        printf ("%16s", way_names[way]);
      printf ("\n");

      for (guint work = 0; work < N_WORKS; work++)
        {
          printf ("%-32s", work_names[work]);
          for (guint way = 0; way < N_WAYS; way++)
            printf ("%16.2f", measure (work, way, n, sorted, shuffled));
          printf ("\n");
        }
      printf ("\n");

      if (s == 0)
        {
          printf (
            "One field of %u rows, a view of each one, beside handlers of notify::value that look\n",
            n);
          printf ("%-32s%16.2f\n", "signal alone", measure_views (n, 0, sorted));
          printf ("%-32s%16.2f\n", "views", measure_views (n, 1, sorted));
          printf ("%-32s%16.2f\n\n", "handlers", measure_views (n, 2, sorted));
        }
    }

  return 0;
}
