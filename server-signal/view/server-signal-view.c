/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-view.h"

#include <string.h>

#include "json/ss-node.h"
#include "json/ss-pointer.h"
#include "json/ss-read.h"
#include "signal/server-signal-private.h"
#include "server-signal-view-private.h"
#include "ss-part.h"

/**
 * ServerSignalView:
 *
 * One part of a [class@Signal] as an object to bind to.
 *
 * The part is named by a JSON Pointer. Each property has its value in one type, and is notified
 * after each commit that has changed it in that type, so a [class@GObject.Binding], a
 * `GtkExpression` or a `.ui` file keeps a widget up to date without code:
 *
 * ```c
 * g_autoptr (ServerSignalView) view = NULL;
 *
 * view = server_signal_view_new (count, "/value");
 * g_object_bind_property (view, "int-value", level_bar, "value",
 *                         G_BINDING_SYNC_CREATE);
 * ```
 *
 * The part need not be there: it may come later, go, and come back. A view holds a reference to its
 * signal, not the other way round. The cost of a commit depends on the views whose part it touches,
 * not on the number of views.
 *
 * A pointer names a place, not a thing: when a row is inserted at the head of a list, the view of
 * the first row shows the new one. The views that are the items of a [class@SignalList] follow
 * their elements instead: their [property@SignalView:pointer] changes.
 *
 * Since: 1.0
 */

struct _ServerSignalView
{
  GObject       parent_instance;

  ServerSignal *signal;
  char         *pointer;
  SsPart        part;

  /* The list that it is an item of, which goes first and says so. There the pointer is made when
   * somebody asks, for the index. */
  gpointer      list;
  const SsViewListFuncs *list_funcs;
  guint         hint;
  guint         index;
  gboolean      is_gone;    /* it was an item, and its element is no more */

  /* The value at the last commit. A list or an object is not held, since the signal could not edit
   * in place what somebody else holds as well. */
  SsValue      *scalar;
  gboolean      is_container;

  /* The value that it goes on showing until its list tells of the last commit, or NULL. */
  SsValue      *late;
};

G_DEFINE_FINAL_TYPE (ServerSignalView, server_signal_view, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_SIGNAL,
  PROP_POINTER,
  PROP_VALUE,
  PROP_INT_VALUE,
  PROP_DOUBLE_VALUE,
  PROP_BOOLEAN_VALUE,
  PROP_STRING_VALUE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static gboolean
is_container (const SsValue *value)
{
  SsValueKind kind;

  if (value == NULL)
    return FALSE;

  kind = ss_value_kind (value);
  return kind == SS_VALUE_ARRAY || kind == SS_VALUE_OBJECT;
}

static void
hold (ServerSignalView *self,
      const SsValue    *value)
{
  ss_value_clear (&self->scalar);
  self->is_container = is_container (value);
  if (value != NULL && !self->is_container)
    self->scalar = ss_value_ref (value);
}

static gboolean
same (const SsValue *a,
      const SsValue *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return ss_value_equal (a, b);
}

/* Whether a list or an object that was one before has changed. Neither is held, so this asks for the
 * operations on it. */
static gboolean
has_container_changed (ServerSignalView *self,
                       const SsValue    *value,
                       SsPendingCommit  *commit)
{
  const SsValue *old;

  /* A single operation within it that is a change has changed it. After several it may be the same
   * in the end, and the document before is needed, which copies the lists and objects on the way to
   * the values that were written. */
  if (commit->is_exact && !self->part.entry.direct && self->part.entry.inside == 1)
    return TRUE;

  old = ss_pointer_resolve (ss_pending_commit_get_old (commit), self->pointer, NULL);
  return !same (old, value);
}

gboolean
ss_view_is_container (ServerSignalView *self,
                      const SsValue    *value)
{
  return self->is_container && is_container (value);
}

/* A list or an object reads as nothing in each of the types. */
SsViewChange
ss_view_take (ServerSignalView *self,
              const SsValue    *value)
{
  g_autoptr (SsValue) before = g_steal_pointer (&self->scalar);
  SsViewChange change = SS_VIEW_VALUE;
  double double_before = ss_read_double (before);
  double double_now = ss_read_double (value);

  if (!self->is_container && same (before, value))
    change = 0;
  if (ss_read_int (before) != ss_read_int (value))
    change |= SS_VIEW_INT;
  /* In JSON, -0.0 is a different value from 0.0. */
  if (memcmp (&double_before, &double_now, sizeof double_now) != 0)
    change |= SS_VIEW_DOUBLE;
  if (ss_read_boolean (before) != ss_read_boolean (value))
    change |= SS_VIEW_BOOLEAN;
  if (g_strcmp0 (ss_read_string (before), ss_read_string (value)) != 0)
    change |= SS_VIEW_STRING;

  hold (self, value);
  return change;
}

static guint
look (gpointer         owner,
      SsPendingCommit *commit)
{
  ServerSignalView *self = owner;
  const SsValue *value = ss_pointer_resolve (commit->root, self->pointer, NULL);

  if (ss_view_is_container (self, value))
    return has_container_changed (self, value, commit) ? SS_VIEW_VALUE : 0;

  return ss_view_take (self, value);
}

void
ss_view_announce (ServerSignalView *self,
                  SsViewChange      change)
{
  static const struct
  {
    SsViewChange change;
    guint prop;
  } order[] = {
    { SS_VIEW_VALUE, PROP_VALUE },         { SS_VIEW_INT, PROP_INT_VALUE },
    { SS_VIEW_DOUBLE, PROP_DOUBLE_VALUE }, { SS_VIEW_BOOLEAN, PROP_BOOLEAN_VALUE },
    { SS_VIEW_STRING, PROP_STRING_VALUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (change & order[i].change)
      g_object_notify_by_pspec (G_OBJECT (self), props[order[i].prop]);
}

/* A view that only the caller holds was dropped meanwhile, and its handlers may not be there
 * either. */
static void
announce_part (gpointer owner,
               guint    change)
{
  if (g_atomic_int_get (&G_OBJECT (owner)->ref_count) > 1)
    ss_view_announce (owner, change);
}

static const SsPartFuncs part_funcs = { look, announce_part, FALSE };

/* The index in its list, or SS_LIST_NO_INDEX. */
static guint
find_index (ServerSignalView *self)
{
  return self->list_funcs->find (self->list, self, &self->hint);
}

/* The value now; NULL: there is none. */
static SsValue *
ref_value (ServerSignalView *self)
{
  const SsValue *value;

  if (self->late != NULL)
    return ss_value_ref (self->late);

  if (self->list != NULL)
    return self->list_funcs->ref_element (self->list, find_index (self));

  if (self->signal == NULL || self->is_gone)
    return NULL;

  value = ss_pointer_resolve (ss_signal_peek (self->signal), self->pointer, NULL);
  return value != NULL ? ss_value_ref (value) : NULL;
}

/* Items of lists. */

ServerSignalView *
ss_view_new_in_list (ServerSignal          *signal,
                     const SsViewListFuncs *funcs,
                     gpointer               list,
                     const SsValue         *value,
                     guint                  position)
{
  ServerSignalView *self = g_object_new (SERVER_TYPE_SIGNAL_VIEW, "signal", signal, NULL);

  ss_part_detach (&self->part, signal);
  g_clear_pointer (&self->pointer, g_free);
  self->list = list;
  self->list_funcs = funcs;
  self->hint = position;
  hold (self, value);

  return self;
}

void
ss_view_set_hint (ServerSignalView *self,
                  guint             position)
{
  self->hint = position;
}

const SsValue *
ss_view_peek_scalar (ServerSignalView *self)
{
  return self->scalar;
}

void
ss_view_delay (ServerSignalView *self,
               const SsValue    *value)
{
  if (self->list == NULL)
    return;

  ss_value_clear (&self->late);
  self->late = ss_value_ref (value);
}

void
ss_view_catch_up (ServerSignalView *self)
{
  ss_value_clear (&self->late);
}

void
ss_view_announce_pointer (ServerSignalView *self)
{
  if (self->list != NULL && find_index (self) != self->index)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_POINTER]);
}

void
ss_view_leave_list (ServerSignalView *self,
                    const char       *pointer)
{
  gboolean has_pointer = self->pointer != NULL;

  /* Somebody has disposed of it. */
  if (self->list == NULL)
    return;

  self->list_funcs->remove_reader (self->list, self);
  self->list = NULL;
  ss_view_catch_up (self);
  g_clear_pointer (&self->pointer, g_free);
  if (pointer != NULL)
    {
      self->pointer = g_strdup (pointer);
      ss_part_attach (&self->part, self->signal, pointer);
      return;
    }

  self->is_gone = TRUE;
  if (has_pointer)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_POINTER]);
  ss_view_announce (self, ss_view_take (self, NULL));
}

static void
server_signal_view_constructed (GObject *object)
{
  ServerSignalView *self = SERVER_SIGNAL_VIEW (object);
  g_autoptr (SsValue) committed = NULL;

  G_OBJECT_CLASS (server_signal_view_parent_class)->constructed (object);

  if (self->pointer == NULL)
    self->pointer = g_strdup ("");

  if (!ss_pointer_is_valid (self->pointer, NULL))
    {
      g_critical ("A view of \"%s\", which is no JSON Pointer, shows nothing", self->pointer);
      return;
    }

  if (self->signal == NULL)
    {
      g_critical ("A view without a signal shows nothing");
      return;
    }

  if (!ss_owner_is_here (ss_signal_get_owner (self->signal)))
    {
      ss_owner_refuse (G_STRFUNC);
      g_clear_object (&self->signal);
      return;
    }

  committed = ss_signal_ref_committed (self->signal);
  hold (self, ss_pointer_resolve (committed, self->pointer, NULL));
  ss_part_init (&self->part, &part_funcs, self);
  ss_part_attach (&self->part, self->signal, self->pointer);
}

static void
server_signal_view_dispose (GObject *object)
{
  ServerSignalView *self = SERVER_SIGNAL_VIEW (object);

  if (ss_part_is_attached (&self->part))
    ss_part_detach (&self->part, self->signal);
  if (self->list != NULL)
    {
      self->list_funcs->remove_reader (self->list, self);
      self->list = NULL;
      self->is_gone = TRUE;
      g_clear_pointer (&self->pointer, g_free);
    }
  g_clear_object (&self->signal);
  ss_view_catch_up (self);

  G_OBJECT_CLASS (server_signal_view_parent_class)->dispose (object);
}

static void
server_signal_view_finalize (GObject *object)
{
  ServerSignalView *self = SERVER_SIGNAL_VIEW (object);

  /* Its list may have brought an item up to date that was disposed of. */
  ss_value_clear (&self->scalar);
  g_clear_pointer (&self->pointer, g_free);

  G_OBJECT_CLASS (server_signal_view_parent_class)->finalize (object);
}

static void
server_signal_view_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  ServerSignalView *self = SERVER_SIGNAL_VIEW (object);

  switch (prop_id)
    {
    case PROP_SIGNAL:
      g_value_set_object (value, self->signal);
      break;

    case PROP_POINTER:
      g_value_set_string (value, server_signal_view_get_pointer (self));
      break;

    case PROP_VALUE:
      g_value_take_boxed (value, server_signal_view_dup_value (self));
      break;

    case PROP_INT_VALUE:
      g_value_set_int64 (value, server_signal_view_get_int_value (self));
      break;

    case PROP_DOUBLE_VALUE:
      g_value_set_double (value, server_signal_view_get_double_value (self));
      break;

    case PROP_BOOLEAN_VALUE:
      g_value_set_boolean (value, server_signal_view_get_boolean_value (self));
      break;

    case PROP_STRING_VALUE:
      g_value_take_string (value, server_signal_view_dup_string_value (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_view_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  ServerSignalView *self = SERVER_SIGNAL_VIEW (object);

  switch (prop_id)
    {
    case PROP_SIGNAL:
      self->signal = g_value_dup_object (value);
      break;

    case PROP_POINTER:
      self->pointer = g_value_dup_string (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_view_class_init (ServerSignalViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = server_signal_view_constructed;
  object_class->dispose = server_signal_view_dispose;
  object_class->finalize = server_signal_view_finalize;
  object_class->get_property = server_signal_view_get_property;
  object_class->set_property = server_signal_view_set_property;

  /**
   * ServerSignalView:signal: (getter get_signal)
   *
   * The signal of which a part is shown.
   *
   * There is no default: it has to be given.
   *
   * Since: 1.0
   */
  props[PROP_SIGNAL] = g_param_spec_object ("signal", NULL, NULL, SERVER_TYPE_SIGNAL,
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                              G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalView:pointer: (getter get_pointer)
   *
   * The JSON Pointer (RFC 6901) of the part; the empty one, for which `NULL` stands as well, is the
   * whole document.
   *
   * For an item of a [class@SignalList] this is the current place of its element, and `NULL` once
   * that is gone; it is notified when it has changed since it was last read. The default is the
   * empty pointer.
   *
   * Since: 1.0
   */
  props[PROP_POINTER] = g_param_spec_string ("pointer", NULL, NULL, NULL,
                                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                               G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalView:value:
   *
   * The part as JSON, each time as a deep copy. The default is `NULL`, for a part that does not
   * exist.
   *
   * Since: 1.0
   */
  props[PROP_VALUE] =
    g_param_spec_boxed ("value", NULL, NULL, JSON_TYPE_NODE,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalView:int-value: (getter get_int_value)
   *
   * The part as an integer, as [method@Signal.get_int] gives it. The default is 0, for a part that
   * is not a number.
   *
   * Since: 1.0
   */
  props[PROP_INT_VALUE] =
    g_param_spec_int64 ("int-value", NULL, NULL, G_MININT64, G_MAXINT64, 0,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalView:double-value: (getter get_double_value)
   *
   * The part as a double, as [method@Signal.get_double] gives it. The default is 0.0, for a part
   * that is not a number.
   *
   * Since: 1.0
   */
  props[PROP_DOUBLE_VALUE] =
    g_param_spec_double ("double-value", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0.0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalView:boolean-value: (getter get_boolean_value)
   *
   * The part as a boolean, as [method@Signal.get_boolean] gives it. The default is `FALSE`, for a
   * part that is not a boolean.
   *
   * Since: 1.0
   */
  props[PROP_BOOLEAN_VALUE] =
    g_param_spec_boolean ("boolean-value", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalView:string-value:
   *
   * The part as a string, as [method@Signal.dup_string] gives it. The default is `NULL`, for a part
   * that is not a string.
   *
   * Since: 1.0
   */
  props[PROP_STRING_VALUE] =
    g_param_spec_string ("string-value", NULL, NULL, NULL,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
server_signal_view_init (ServerSignalView *self)
{
}

/**
 * server_signal_view_new:
 * @signal: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Makes a view of a part of a signal, which need not be there yet.
 *
 * Returns: (transfer full): a new view
 *
 * Since: 1.0
 */
ServerSignalView *
server_signal_view_new (ServerSignal *signal,
                        const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (signal), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (signal), NULL);
  g_return_val_if_fail (ss_pointer_is_valid (pointer, NULL), NULL);

  return g_object_new (SERVER_TYPE_SIGNAL_VIEW, "signal", signal, "pointer", pointer, NULL);
}

/**
 * server_signal_view_get_signal: (get-property signal)
 * @self: a view
 *
 * Gets the signal of which a part is shown.
 *
 * Returns: (transfer none): the signal
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_view_get_signal (ServerSignalView *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_VIEW (self), NULL);

  return self->signal;
}

/**
 * server_signal_view_get_pointer: (get-property pointer)
 * @self: a view
 *
 * Gets the JSON Pointer (RFC 6901) of the part.
 *
 * For an item of a [class@SignalList] this is the current place of its element; the string stays
 * valid until the next call.
 *
 * Returns: (transfer none) (nullable): the pointer, or `NULL` if the element of the list is gone;
 *   the empty pointer is the whole document
 *
 * Since: 1.0
 */
const char *
server_signal_view_get_pointer (ServerSignalView *self)
{
  guint index;

  g_return_val_if_fail (SERVER_IS_SIGNAL_VIEW (self), NULL);

  if (self->list == NULL)
    return self->pointer;

  index = find_index (self);
  if (index == SS_LIST_NO_INDEX)
    {
      g_clear_pointer (&self->pointer, g_free);
    }
  else if (self->pointer == NULL || index != self->index)
    {
      g_free (self->pointer);
      self->pointer = self->list_funcs->dup_pointer (self->list, index);
      self->list_funcs->add_reader (self->list, self);
    }

  self->index = index;
  return self->pointer;
}

/**
 * server_signal_view_dup_value:
 * @self: a view
 *
 * Gets the part as JSON, as a deep copy.
 *
 * Returns: (transfer full) (nullable): the copy, or `NULL` if the part does not exist
 *
 * Since: 1.0
 */
JsonNode *
server_signal_view_dup_value (ServerSignalView *self)
{
  g_autoptr (SsValue) value = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_VIEW (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self->signal), NULL);

  value = ref_value (self);
  return value != NULL ? ss_value_to_node (value) : NULL;
}

/**
 * server_signal_view_get_int_value: (get-property int-value)
 * @self: a view
 *
 * Gets the part as an integer, as [method@Signal.get_int] gives it.
 *
 * Returns: the integer, or 0 if there is no number
 *
 * Since: 1.0
 */
gint64
server_signal_view_get_int_value (ServerSignalView *self)
{
  g_autoptr (SsValue) value = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_VIEW (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self->signal), 0);

  value = ref_value (self);
  return ss_read_int (value);
}

/**
 * server_signal_view_get_double_value: (get-property double-value)
 * @self: a view
 *
 * Gets the part as a double, as [method@Signal.get_double] gives it.
 *
 * Returns: the number, or 0.0 if there is none
 *
 * Since: 1.0
 */
double
server_signal_view_get_double_value (ServerSignalView *self)
{
  g_autoptr (SsValue) value = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_VIEW (self), 0.0);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self->signal), 0.0);

  value = ref_value (self);
  return ss_read_double (value);
}

/**
 * server_signal_view_get_boolean_value: (get-property boolean-value)
 * @self: a view
 *
 * Gets the part as a boolean, as [method@Signal.get_boolean] gives it.
 *
 * Returns: `TRUE` if the part is JSON true, `FALSE` for all else
 *
 * Since: 1.0
 */
gboolean
server_signal_view_get_boolean_value (ServerSignalView *self)
{
  g_autoptr (SsValue) value = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_VIEW (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self->signal), FALSE);

  value = ref_value (self);
  return ss_read_boolean (value);
}

/**
 * server_signal_view_dup_string_value:
 * @self: a view
 *
 * Gets the part as a string, as [method@Signal.dup_string] gives it.
 *
 * Returns: (transfer full) (nullable): the string, or `NULL` if there is none
 *
 * Since: 1.0
 */
char *
server_signal_view_dup_string_value (ServerSignalView *self)
{
  g_autoptr (SsValue) value = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_VIEW (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self->signal), NULL);

  value = ref_value (self);
  return g_strdup (ss_read_string (value));
}
