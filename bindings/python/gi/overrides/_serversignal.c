/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The part of the override for Python that has to be fast: values of Python from the documents of
 * signals and from JsonNodes, and JsonNodes from values of Python. PyGObject's own calls take a
 * microsecond each, and so would each value of a document.
 *
 * It uses the stable ABI of Python, so that one file serves every version from 3.10 on, and of
 * PyGObject only the table of functions in pygobject.h. */

#define Py_LIMITED_API 0x030a0000
#include <Python.h>

#include <math.h>
#include <pygobject.h>
#include <string.h>

#include <libserver-signal.h>

/* Documents have 120 levels at most, and a scalar may stand in the last. */
#define MAX_DEPTH 120

/* From JSON to Python. The same functions build from a signal and from a JsonNode. */

#define N_NAMES 64

typedef struct
{
  PyObject  *container;
  PyObject  *name;       /* of an object: of the member whose value is next */
  Py_ssize_t index;      /* of a list: of the element that is next */
} Level;

/* Rows of the same shape share the names of their members, at the same address; each is made a
 * string of Python once. */
typedef struct
{
  const char *utf8;
  PyObject   *string;
} Name;

typedef struct
{
  PyObject *root;
  guint     depth;
  Level     levels[MAX_DEPTH + 1];
  Name      names[N_NAMES];
} Builder;

/* Takes value, which is NULL when it could not be made; the exception is set then. */
static gboolean
put (Builder  *self,
     PyObject *value)
{
  Level *level;

  if (value == NULL)
    return FALSE;

  if (self->depth == 0)
    {
      self->root = value;
      return TRUE;
    }

  level = &self->levels[self->depth - 1];
  if (level->name == NULL)
    return PyList_SetItem (level->container, level->index++, value) == 0;

  if (PyDict_SetItem (level->container, level->name, value) < 0)
    {
      Py_DECREF (value);
      return FALSE;
    }

  Py_DECREF (value);

  return TRUE;
}

static gboolean
begin (Builder  *self,
       PyObject *container)
{
  if (self->depth == G_N_ELEMENTS (self->levels))
    {
      PyErr_Format (PyExc_ValueError, "Nested deeper than %d levels", MAX_DEPTH);
      Py_DECREF (container);
      return FALSE;
    }

  /* The container above holds it from now on. */
  if (!put (self, container))
    return FALSE;

  self->levels[self->depth++] = (Level) { container, NULL, 0 };

  return TRUE;
}

static gboolean
end_cb (gpointer user_data)
{
  Builder *self = user_data;

  Py_XDECREF (self->levels[--self->depth].name);

  return TRUE;
}

static gboolean
null_cb (gpointer user_data)
{
  Py_INCREF (Py_None);

  return put (user_data, Py_None);
}

static gboolean
boolean_cb (gboolean value,
            gpointer user_data)
{
  return put (user_data, PyBool_FromLong (value));
}

static gboolean
integer_cb (gint64   value,
            gpointer user_data)
{
  return put (user_data, PyLong_FromLongLong (value));
}

static gboolean
number_cb (double   value,
           gpointer user_data)
{
  return put (user_data, PyFloat_FromDouble (value));
}

static gboolean
string_cb (const char *utf8,
           gsize       length,
           gpointer    user_data)
{
  return put (user_data, PyUnicode_FromStringAndSize (utf8, (Py_ssize_t) length));
}

static gboolean
begin_list_cb (guint    n_elements,
               gpointer user_data)
{
  PyObject *list = PyList_New (n_elements);

  return list != NULL && begin (user_data, list);
}

static gboolean
begin_object_cb (guint    n_members,
                 gpointer user_data)
{
  PyObject *dict = PyDict_New ();

  return dict != NULL && begin (user_data, dict);
}

static gboolean
name_cb (const char *utf8,
         gsize       length,
         gpointer    user_data)
{
  Builder *self = user_data;
  Level *level = &self->levels[self->depth - 1];
  Name *name = &self->names[((guintptr) utf8 >> 4) % N_NAMES];

  if (name->utf8 != utf8)
    {
      PyObject *string = PyUnicode_FromStringAndSize (utf8, (Py_ssize_t) length);

      if (string == NULL)
        return FALSE;
      Py_XDECREF (name->string);
      *name = (Name) { utf8, string };
    }

  Py_XDECREF (level->name);
  level->name = name->string;
  Py_INCREF (level->name);

  return TRUE;
}

static const ServerSignalVisitor visitor = {
  null_cb,       boolean_cb, integer_cb,      number_cb, string_cb,
  begin_list_cb, end_cb,     begin_object_cb, name_cb,   end_cb,
};

/* Takes what has been built: NULL, and the exception, when built is FALSE. */
static PyObject *
finish (Builder  *self,
        gboolean  built)
{
  while (self->depth > 0)
    end_cb (self);
  for (guint i = 0; i < N_NAMES; i++)
    Py_XDECREF (self->names[i].string);
  if (!built)
    Py_CLEAR (self->root);

  return self->root;
}

static gboolean
build_from_node (JsonNode *node,
                 Builder  *builder)
{
  JsonObjectIter iter;
  JsonArray *array;
  JsonNode *member;
  const char *name;
  gsize length;

  if (node == NULL)
    return null_cb (builder);

  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_ARRAY:
      array = json_node_get_array (node);
      if (!begin_list_cb (json_array_get_length (array), builder))
        return FALSE;
      for (guint i = 0; i < json_array_get_length (array); i++)
        if (!build_from_node (json_array_get_element (array, i), builder))
          return FALSE;
      return end_cb (builder);

    case JSON_NODE_OBJECT:
      if (!begin_object_cb (json_object_get_size (json_node_get_object (node)), builder))
        return FALSE;
      json_object_iter_init_ordered (&iter, json_node_get_object (node));
      while (json_object_iter_next_ordered (&iter, &name, &member))
        if (!name_cb (name, strlen (name), builder) || !build_from_node (member, builder))
          return FALSE;
      return end_cb (builder);

    case JSON_NODE_VALUE:
      switch (json_node_get_value_type (node))
        {
        case G_TYPE_BOOLEAN:
          return boolean_cb (json_node_get_boolean (node), builder);
        case G_TYPE_INT64:
          return integer_cb (json_node_get_int (node), builder);
        case G_TYPE_DOUBLE:
          return number_cb (json_node_get_double (node), builder);
        case G_TYPE_STRING:
          length = strlen (json_node_get_string (node));
          return string_cb (json_node_get_string (node), length, builder);
        default:
          PyErr_SetString (PyExc_TypeError, "A Json.Node of a type that JSON does not have");
          return FALSE;
        }

    case JSON_NODE_NULL:
    default:
      return null_cb (builder);
    }
}

/* From Python to JSON. */

/* Where the walk is; the chain lives on the machine's stack, which MAX_DEPTH bounds. */
typedef struct _Place Place;

struct _Place
{
  const Place *outer;      /* NULL: the value as a whole, which is at pointer */
  const char  *pointer;
  PyObject    *container;
  const char  *name;       /* NULL: index counts */
  Py_ssize_t   index;
};

static JsonNode *node_from_value (PyObject *value, const Place *place, guint depth);

static char *
place_to_pointer (const Place *place)
{
  GString *pointer = g_string_new (NULL);

  for (; place->outer != NULL; place = place->outer)
    {
      GString *step = g_string_new ("/");

      if (place->name == NULL)
        g_string_append_printf (step, "%" G_GSSIZE_FORMAT, (gssize) place->index);
      for (const char *c = place->name; c != NULL && *c != '\0'; c++)
        {
          if (*c == '~')
            g_string_append (step, "~0");
          else if (*c == '/')
            g_string_append (step, "~1");
          else
            g_string_append_c (step, *c);
        }
      g_string_prepend (pointer, step->str);
      g_string_free (step, TRUE);
    }
  g_string_prepend (pointer, place->pointer);

  return g_string_free (pointer, FALSE);
}

/* Raises exception; type, or NULL, is told at the end of the message. */
static JsonNode *
refuse (const Place *place,
        PyObject    *exception,
        const char  *reason,
        PyObject    *type)
{
  g_autofree char *pointer = place_to_pointer (place);
  PyObject *where = PyUnicode_FromString (pointer);
  PyObject *message = NULL;

  if (where != NULL && type != NULL)
    message = PyUnicode_FromFormat ("At \"%U\": %s %R", where, reason, type);
  else if (where != NULL)
    message = PyUnicode_FromFormat ("At \"%U\": %s", where, reason);
  if (message != NULL)
    PyErr_SetObject (exception, message);
  Py_XDECREF (where);
  Py_XDECREF (message);

  return NULL;
}

/* The text of a string of Python, or NULL and the exception. */
static const char *
text (PyObject    *string,
      const Place *place,
      const char  *what)
{
  Py_ssize_t length;
  const char *utf8 = PyUnicode_AsUTF8AndSize (string, &length);
  g_autofree char *reason = NULL;

  if (utf8 != NULL && strlen (utf8) == (gsize) length)
    return utf8;

  PyErr_Clear ();
  reason = g_strdup_printf (utf8 != NULL ? "%s with a NUL" : "%s with half a surrogate pair", what);
  refuse (place, PyExc_ValueError, reason, NULL);

  return NULL;
}

static JsonNode *
node_from_dict (PyObject    *dict,
                const Place *outer,
                guint        depth)
{
  g_autoptr (JsonObject) object = json_object_new ();
  Place place = { outer, NULL, dict, NULL, 0 };
  PyObject *key, *value;
  Py_ssize_t position = 0;
  JsonNode *node;

  while (PyDict_Next (dict, &position, &key, &value))
    {
      JsonNode *member;

      if (!PyUnicode_Check (key))
        return refuse (outer, PyExc_TypeError, "the name of a member is a string, not a value of",
                       (PyObject *) Py_TYPE (key));

      place.name = text (key, outer, "the name of a member");
      member = place.name != NULL ? node_from_value (value, &place, depth) : NULL;
      if (member == NULL)
        return NULL;
      json_object_set_member (object, place.name, member);
    }

  node = json_node_alloc ();
  json_node_init_object (node, object);

  return node;
}

/* Nothing here runs code of the program that could change the list or the tuple. */
static JsonNode *
node_from_sequence (PyObject    *sequence,
                    gboolean     is_list,
                    const Place *outer,
                    guint        depth)
{
  Py_ssize_t length = is_list ? PyList_Size (sequence) : PyTuple_Size (sequence);
  g_autoptr (JsonArray) array = json_array_sized_new ((guint) length);
  Place place = { outer, NULL, sequence, NULL, 0 };
  JsonNode *node;

  for (place.index = 0; place.index < length; place.index++)
    {
      PyObject *value =
        is_list ? PyList_GetItem (sequence, place.index) : PyTuple_GetItem (sequence, place.index);

      node = node_from_value (value, &place, depth);
      if (node == NULL)
        return NULL;
      json_array_add_element (array, node);
    }

  node = json_node_alloc ();
  json_node_init_array (node, array);

  return node;
}

static JsonNode *
node_from_container (PyObject    *container,
                     const Place *place,
                     guint        depth)
{
  for (const Place *outer = place; outer != NULL; outer = outer->outer)
    if (outer->container == container)
      return refuse (place, PyExc_ValueError, "a cycle: it contains itself", NULL);

  if (depth == MAX_DEPTH)
    return refuse (place, PyExc_ValueError, "nested deeper than 120 levels", NULL);

  if (PyDict_Check (container))
    return node_from_dict (container, place, depth + 1);

  return node_from_sequence (container, PyList_Check (container), place, depth + 1);
}

static JsonNode *
node_from_value (PyObject    *value,
                 const Place *place,
                 guint        depth)
{
  JsonNode *node;
  const char *utf8;
  long long integer;
  double number;
  int overflow;

  if (value == Py_None)
    return json_node_init_null (json_node_alloc ());

  if (PyBool_Check (value))
    return json_node_init_boolean (json_node_alloc (), value == Py_True);

  if (PyUnicode_Check (value))
    {
      utf8 = text (value, place, "a string");
      return utf8 != NULL ? json_node_init_string (json_node_alloc (), utf8) : NULL;
    }

  if (PyLong_Check (value))
    {
      integer = PyLong_AsLongLongAndOverflow (value, &overflow);
      if (overflow != 0)
        return refuse (place, PyExc_ValueError, "an integer of more than 64 bits", NULL);
      return json_node_init_int (json_node_alloc (), integer);
    }

  if (PyFloat_Check (value))
    {
      number = PyFloat_AsDouble (value);
      if (!isfinite (number))
        return refuse (place, PyExc_ValueError, "a number that is not finite", NULL);
      return json_node_init_double (json_node_alloc (), number);
    }

  if (PyDict_Check (value) || PyList_Check (value) || PyTuple_Check (value))
    return node_from_container (value, place, depth);

  if (pyg_boxed_check (value, JSON_TYPE_NODE))
    {
      node = pyg_boxed_get (value, JsonNode);
      return node != NULL ? json_node_copy (node) : json_node_init_null (json_node_alloc ());
    }

  return refuse (place, PyExc_TypeError, "JSON cannot carry a value of",
                 (PyObject *) Py_TYPE (value));
}

/* The functions of the module. */

static gboolean
check_arguments (const char *function,
                 Py_ssize_t  given,
                 Py_ssize_t  wanted)
{
  if (given == wanted)
    return TRUE;

  PyErr_Format (PyExc_TypeError, "%s() takes %zd arguments (%zd given)", function, wanted, given);

  return FALSE;
}

/* RFC 6901, section 3. A pointer that is none is a mistake in the program, for which the library
 * has a critical warning; here it is an exception. */
static const char *
check_pointer (PyObject *argument)
{
  Py_ssize_t length;
  const char *pointer;
  gboolean is_valid;

  if (!PyUnicode_Check (argument))
    {
      PyErr_Format (PyExc_TypeError, "A JSON Pointer is a string, such as \"/rows/0\", not %R",
                    argument);
      return NULL;
    }

  pointer = PyUnicode_AsUTF8AndSize (argument, &length);
  if (pointer == NULL)
    return NULL;

  is_valid = (*pointer == '\0' || *pointer == '/') && strlen (pointer) == (gsize) length;
  for (const char *c = pointer; is_valid && *c != '\0'; c++)
    is_valid = *c != '~' || c[1] == '0' || c[1] == '1';
  if (!is_valid)
    {
      PyErr_Format (PyExc_ValueError, "%R is not a JSON Pointer, such as \"/rows/0\"", argument);
      return NULL;
    }

  return pointer;
}

static ServerSignal *
check_signal (PyObject *argument)
{
  if (PyObject_TypeCheck (argument, &PyGObject_Type) && SERVER_IS_SIGNAL (pygobject_get (argument)))
    return (ServerSignal *) pygobject_get (argument);

  PyErr_Format (PyExc_TypeError, "a ServerSignal.Signal is needed, not %R", argument);

  return NULL;
}

/* read (signal, pointer, default): the value at pointer, or default. */
static PyObject *
read_method (PyObject        *module,
             PyObject *const *arguments,
             Py_ssize_t       n_arguments)
{
  Builder builder = { NULL };
  ServerSignal *signal;
  const char *pointer;
  gboolean built;

  if (!check_arguments ("read", n_arguments, 3))
    return NULL;
  signal = check_signal (arguments[0]);
  pointer = signal != NULL ? check_pointer (arguments[1]) : NULL;
  if (pointer == NULL)
    return NULL;

  built = server_signal_visit (signal, pointer, &visitor, &builder);
  if (built || PyErr_Occurred ())
    return finish (&builder, built);

  Py_INCREF (arguments[2]);

  return arguments[2];
}

/* length (signal, pointer): of the list or object there, -1 for everything else, None for nothing.
 * is_list (signal, pointer): whether a list is there, None for nothing. */

typedef struct
{
  gboolean found;
  gint64   length;
  gboolean is_list;
} Measure;

static gboolean
length_cb (guint    length,
           gpointer user_data)
{
  *(Measure *) user_data = (Measure) { TRUE, length, FALSE };

  return FALSE;
}

static gboolean
length_of_list_cb (guint    length,
                   gpointer user_data)
{
  *(Measure *) user_data = (Measure) { TRUE, length, TRUE };

  return FALSE;
}

static gboolean
no_length_cb (gpointer user_data)
{
  *(Measure *) user_data = (Measure) { TRUE, -1, FALSE };

  return FALSE;
}

static gboolean
no_length_of_boolean_cb (gboolean value,
                         gpointer user_data)
{
  return no_length_cb (user_data);
}

static gboolean
no_length_of_integer_cb (gint64   value,
                         gpointer user_data)
{
  return no_length_cb (user_data);
}

static gboolean
no_length_of_number_cb (double   value,
                        gpointer user_data)
{
  return no_length_cb (user_data);
}

static gboolean
no_length_of_string_cb (const char *utf8,
                        gsize       length,
                        gpointer    user_data)
{
  return no_length_cb (user_data);
}

static const ServerSignalVisitor measure = {
  no_length_cb,
  no_length_of_boolean_cb,
  no_length_of_integer_cb,
  no_length_of_number_cb,
  no_length_of_string_cb,
  length_of_list_cb,
  no_length_cb,
  length_cb,
  no_length_of_string_cb,
  no_length_cb,
};

static gboolean
measure_at (const char      *function,
            PyObject *const *arguments,
            Py_ssize_t       n_arguments,
            Measure         *found)
{
  ServerSignal *signal;
  const char *pointer;

  if (!check_arguments (function, n_arguments, 2))
    return FALSE;
  signal = check_signal (arguments[0]);
  pointer = signal != NULL ? check_pointer (arguments[1]) : NULL;
  if (pointer == NULL)
    return FALSE;

  server_signal_visit (signal, pointer, &measure, found);

  return TRUE;
}

static PyObject *
length_method (PyObject        *module,
               PyObject *const *arguments,
               Py_ssize_t       n_arguments)
{
  Measure found = { FALSE, 0, FALSE };

  if (!measure_at ("length", arguments, n_arguments, &found))
    return NULL;
  if (!found.found)
    Py_RETURN_NONE;

  return PyLong_FromLongLong (found.length);
}

static PyObject *
is_list_method (PyObject        *module,
                PyObject *const *arguments,
                Py_ssize_t       n_arguments)
{
  Measure found = { FALSE, 0, FALSE };

  if (!measure_at ("is_list", arguments, n_arguments, &found))
    return NULL;
  if (!found.found)
    Py_RETURN_NONE;

  return PyBool_FromLong (found.is_list);
}

/* native (node): the value of a Json.Node; None is null, and everything else is given back. */
static PyObject *
native_method (PyObject *module,
               PyObject *value)
{
  Builder builder = { NULL };

  if (pyg_boxed_check (value, JSON_TYPE_NODE))
    return finish (&builder, build_from_node (pyg_boxed_get (value, JsonNode), &builder));

  Py_INCREF (value);

  return value;
}

/* node (value, pointer): the Json.Node of a value that will be at a pointer. */
static PyObject *
node_method (PyObject        *module,
             PyObject *const *arguments,
             Py_ssize_t       n_arguments)
{
  Place place = { NULL };
  PyObject *value;
  JsonNode *node;

  if (!check_arguments ("node", n_arguments, 2))
    return NULL;

  value = arguments[0];
  if (pyg_boxed_check (value, JSON_TYPE_NODE))
    {
      Py_INCREF (value);
      return value;
    }

  /* The library is the judge of pointers here. */
  place.pointer =
    PyUnicode_Check (arguments[1]) ? PyUnicode_AsUTF8AndSize (arguments[1], NULL) : "";
  if (place.pointer == NULL)
    return NULL;

  node = node_from_value (value, &place, 0);

  return node != NULL ? pyg_boxed_new (JSON_TYPE_NODE, node, FALSE, TRUE) : NULL;
}

/* pointer (text): the text, if it is a JSON Pointer. */
static PyObject *
pointer_method (PyObject *module,
                PyObject *value)
{
  if (check_pointer (value) == NULL)
    return NULL;

  Py_INCREF (value);

  return value;
}

static PyMethodDef methods[] = {
  { "read", (PyCFunction) (void (*) (void)) read_method, METH_FASTCALL, NULL },
  { "length", (PyCFunction) (void (*) (void)) length_method, METH_FASTCALL, NULL },
  { "is_list", (PyCFunction) (void (*) (void)) is_list_method, METH_FASTCALL, NULL },
  { "native", native_method, METH_O, NULL },
  { "node", (PyCFunction) (void (*) (void)) node_method, METH_FASTCALL, NULL },
  { "pointer", pointer_method, METH_O, NULL },
  { NULL, NULL, 0, NULL },
};

static struct PyModuleDef definition = {
  PyModuleDef_HEAD_INIT,
  .m_name = "_serversignal",
  .m_doc = "Values of Python from the documents of signals, and back.",
  .m_size = -1,
  .m_methods = methods,
};

PyMODINIT_FUNC PyInit__serversignal (void);

PyMODINIT_FUNC
PyInit__serversignal (void)
{
  PyObject *gobject = pygobject_init (3, 42, 0);

  if (gobject == NULL)
    return NULL;
  Py_DECREF (gobject);

  return PyModule_Create (&definition);
}
