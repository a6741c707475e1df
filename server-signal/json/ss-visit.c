/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-visit.h"

static gboolean
visit_list (const SsValue             *list,
            const ServerSignalVisitor *visitor,
            gpointer                   user_data)
{
  guint length = ss_value_length (list);

  if (!visitor->begin_list (length, user_data))
    return FALSE;

  for (guint i = 0; i < length; i++)
    if (!ss_value_visit (ss_array_get (list, i), visitor, user_data))
      return FALSE;

  return visitor->end_list (user_data);
}

static gboolean
visit_object (const SsValue             *object,
              const ServerSignalVisitor *visitor,
              gpointer                   user_data)
{
  guint length = ss_value_length (object);

  if (!visitor->begin_object (length, user_data))
    return FALSE;

  for (guint i = 0; i < length; i++)
    {
      const SsMember *member = ss_object_member (object, i);
      gsize name_length;
      const char *name = ss_value_get_string (member->key, &name_length);

      if (!visitor->name (name, name_length, user_data) ||
          !ss_value_visit (member->value, visitor, user_data))
        return FALSE;
    }

  return visitor->end_object (user_data);
}

gboolean
ss_value_visit (const SsValue             *value,
                const ServerSignalVisitor *visitor,
                gpointer                   user_data)
{
  gsize length;
  const char *utf8;

  switch (ss_value_kind (value))
    {
    case SS_VALUE_NULL:
      return visitor->null_value (user_data);

    case SS_VALUE_BOOLEAN:
      return visitor->boolean (ss_value_get_boolean (value), user_data);

    case SS_VALUE_INT:
      return visitor->integer (ss_value_get_int (value), user_data);

    case SS_VALUE_DOUBLE:
      return visitor->number (ss_value_get_double (value), user_data);

    case SS_VALUE_STRING:
      utf8 = ss_value_get_string (value, &length);
      return visitor->string (utf8, length, user_data);

    case SS_VALUE_ARRAY:
      return visit_list (value, visitor, user_data);

    case SS_VALUE_OBJECT:
      return visit_object (value, visitor, user_data);

    default:
      g_assert_not_reached ();
    }
}
