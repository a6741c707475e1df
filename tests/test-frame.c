/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "test-quotes.h"
#include "transport/ss-websocket-frame.h"
#include "wire/ss-frame-decode.h"

#define REVISION_MAX_TEXT "9007199254740991"

static void
assert_payload (SsMessage  *message,
                const char *expected)
{
  gsize length;

  g_autofree char *json = test_json (expected);

  g_assert_cmpstr (ss_message_payload (message, &length), ==, json);
  g_assert_cmpuint (length, ==, strlen (json));
  ss_message_unref (message);
}

static void
decode (SsFrame    *frame,
        const char *readable)
{
  g_autofree char *text = test_json (readable);
  g_autoptr (GError) error = NULL;
  gboolean decoded = ss_frame_decode (frame, text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_true (decoded);
}

static void
test_message_header (void)
{
  static const struct
  {
    gsize length;
    gsize header_length;
    guint8 header[10];
  } cases[] = {
    { 0, 2, { 0x81, 0 } },
    { 1, 2, { 0x81, 1 } },
    { 125, 2, { 0x81, 125 } },
    { 126, 4, { 0x81, 126, 0, 126 } },
    { 300, 4, { 0x81, 126, 1, 44 } },
    { 65535, 4, { 0x81, 126, 255, 255 } },
    { 65536, 10, { 0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0 } },
    { 16909060, 10, { 0x81, 127, 0, 0, 0, 0, 1, 2, 3, 4 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strnfill (cases[i].length, 'x');
      g_autoptr (SsMessage) message = ss_message_new_take (g_string_new (text));
      const guint8 *framed;
      const char *payload;
      gsize length;

      payload = ss_message_payload (message, &length);
      g_assert_cmpuint (length, ==, cases[i].length);
      g_assert_cmpstr (payload, ==, text);

      framed = ss_websocket_frame_message (message, &length);
      g_assert_cmpuint (length, ==, cases[i].header_length + cases[i].length);
      g_assert_cmpmem (framed, cases[i].header_length, cases[i].header, cases[i].header_length);
      g_assert_cmpmem (framed + cases[i].header_length, cases[i].length, text, cases[i].length);

      /* For the next peer it is the same bytes. */
      g_assert_true (ss_websocket_frame_message (message, &length) == framed);
      g_assert_cmpuint (length, ==, cases[i].header_length + cases[i].length);
    }
}

static void
test_message_shared (void)
{
  SsMessage *message = ss_message_new_take (g_string_new ("{}"));
  SsMessage *other = ss_message_ref (message);

  g_assert_true (other == message);
  ss_message_unref (message);
  assert_payload (other, "{}");
}

/* protocol.md, the table "Server → client". */
static void
test_encode_server (void)
{
  static const char *const signals[] = { "counter", "a \"b\"", NULL };
  static const char *const via[] = { "h1", NULL };
  g_autoptr (ServerSignalPatch) patch =
    test_quoted_patch ("[{'op':'replace','path':'/value','value':1}]");
  g_autoptr (SsValue) value = test_quoted_value ("{'value':1.0,'é':[]}");

  assert_payload (ss_frame_encode_plain ("counter", patch),
                  "{'name':'counter','patch':[{'op':'replace','path':'/value','value':1}]}");
  assert_payload (ss_frame_encode_update ("counter", patch, 7, 9),
                  "{'name':'counter','patch':[{'op':'replace','path':'/value','value':1}],"
                  "'base':7,'rev':9}");
  assert_payload (ss_frame_encode_update ("counter", NULL, SS_REVISION_MAX, SS_REVISION_MAX),
                  "{'name':'counter','patch':[],"
                  "'base':" REVISION_MAX_TEXT ",'rev':" REVISION_MAX_TEXT "}");
  assert_payload (ss_frame_encode_snapshot ("q\"ü\n", value, "e1", 0),
                  "{'name':'q\\'ü\\n','patch':[{'op':'replace','path':'',"
                  "'value':{'value':1.0,'é':[]}}],'epoch':'e1','rev':0}");
  assert_payload (ss_frame_encode_snapshot ("counter", value, NULL, 5),
                  "{'name':'counter','patch':[{'op':'replace','path':'',"
                  "'value':{'value':1.0,'é':[]}}]}");
  assert_payload (ss_frame_encode_hello (signals, via),
                  "{'hello':{'protocol':'server-signal.v1',"
                  "'signals':['counter','a \\'b\\''],'via':['h1']}}");
  assert_payload (ss_frame_encode_hello (NULL, NULL),
                  "{'hello':{'protocol':'server-signal.v1','signals':[],'via':[]}}");
  assert_payload (ss_frame_encode_signal (SS_NEWS_ADDED, "n", -1), "{'signal':'added','name':'n'}");
  assert_payload (ss_frame_encode_signal (SS_NEWS_REMOVED, "n", -1),
                  "{'signal':'removed','name':'n'}");
  assert_payload (ss_frame_encode_signal (SS_NEWS_STALE, "n", 1500),
                  "{'signal':'stale','name':'n','age':1500}");
  assert_payload (ss_frame_encode_signal (SS_NEWS_STALE, "n", -1), "{'signal':'stale','name':'n'}");
  assert_payload (ss_frame_encode_signal (SS_NEWS_FRESH, "n", -1), "{'signal':'fresh','name':'n'}");
  assert_payload (ss_frame_encode_error ("behind", "n", "wait"),
                  "{'error':{'code':'behind','name':'n','message':'wait'}}");
  assert_payload (ss_frame_encode_error ("bad-message", NULL, "what?"),
                  "{'error':{'code':'bad-message','message':'what?'}}");
}

/* protocol.md, the table "Client → server". */
static void
test_encode_client (void)
{
  assert_payload (ss_frame_encode_subscribe ("n", NULL, 5, 0), "{'subscribe':'n'}");
  assert_payload (ss_frame_encode_subscribe ("n", NULL, 5, 64), "{'subscribe':'n','max':64}");
  assert_payload (ss_frame_encode_subscribe ("n", "e", 0, 0),
                  "{'subscribe':'n','epoch':'e','rev':0}");
  assert_payload (ss_frame_encode_subscribe ("n", "e", 5, 64),
                  "{'subscribe':'n','epoch':'e','rev':5,'max':64}");
  assert_payload (ss_frame_encode_unsubscribe ("n"), "{'unsubscribe':'n'}");
  assert_payload (ss_frame_encode_interval (250), "{'interval':250}");
}

static void
test_decode_update (void)
{
  static const char *const texts[] = {
    "{'name':'n','patch':[{'op':'add','path':'/a','value':[1]},{'op':'remove','path':'/b'}],"
    "'base':3,'rev':5}",
    /* Order, white space and members that are not known are all the same. */
    " { 'rev' : 5, 'x':{'rev':1}, 'base':3 ,'patch' : [ "
    "{'path':'/a','op':'add','value':[1],'y':0} , {'op':'remove','path':'\\u002fb'} ] ,"
    "'name':'\\u006e', 'hello':5 }\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (SsFrame) frame = { 0 };
      g_autofree char *patch = NULL;

      decode (&frame, texts[i]);
      g_assert_cmpint (frame.kind, ==, SS_FRAME_UPDATE);
      g_assert_cmpstr (frame.name, ==, "n");
      g_assert_true (frame.has_base);
      g_assert_true (frame.has_rev);
      g_assert_cmpuint (frame.base, ==, 3);
      g_assert_cmpuint (frame.rev, ==, 5);
      g_assert_null (frame.epoch);
      patch = server_signal_patch_to_json (frame.patch);
      assert_readable (patch, "[{'op':'add','path':'/a','value':[1]},{'op':'remove','path':'/b'}]");
    }
}

static void
test_decode_counter (void)
{
  static const char *const values[] = {
    "1",
    "-7",
    "0",
    "-0",
    "0.5",
    "1e3",
    "true",
    "null",
    "'x'",
    "'\\u00e9\\n'",
    "''",
    "[]",
    "{}",
    "[1,[2,{'a':3}]]",
    "9223372036854775807",
    "{'name':'x','patch':[]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    for (gboolean v1 = FALSE; v1 <= TRUE; v1++)
      {
        g_autofree char *text =
          g_strdup_printf ("{'name':'counter',"
                           "'patch':[{'op':'replace','path':'/value','value':%s}]%s}",
                           values[i], v1 ? ",'base':11,'rev':12" : "");
        g_auto (SsFrame) frame = { 0 };
        g_autoptr (SsValue) expected = test_quoted_value (values[i]);
        const SsOp *ops;
        guint n_ops;

        decode (&frame, text);
        g_assert_cmpint (frame.kind, ==, SS_FRAME_UPDATE);
        g_assert_cmpstr (frame.name, ==, "counter");
        g_assert_cmpint (frame.has_base, ==, v1);
        g_assert_cmpint (frame.has_rev, ==, v1);
        g_assert_cmpuint (frame.base, ==, v1 ? 11 : 0);
        g_assert_cmpuint (frame.rev, ==, v1 ? 12 : 0);
        ops = ss_patch_ops (frame.patch, &n_ops);
        g_assert_cmpuint (n_ops, ==, 1);
        g_assert_cmpint (ops[0].kind, ==, SS_OP_REPLACE);
        g_assert_cmpstr (ops[0].path, ==, "/value");
        g_assert_null (ops[0].from);
        g_assert_true (ss_value_equal (ops[0].value, expected));
      }
}

static void
test_decode_snapshot (void)
{
  static const struct
  {
    const char *text;
    SsFrameKind kind;
    const char *epoch;
    gboolean has_rev;
  } cases[] = {
    { "{'name':'n','patch':[{'op':'replace','path':'','value':{'a':1}}],'epoch':'e','rev':5}",
      SS_FRAME_SNAPSHOT, "e", TRUE },
    { "{'name':'n','patch':[{'op':'replace','path':'','value':{'a':1}}]}", SS_FRAME_SNAPSHOT, NULL,
      FALSE },
    { "{'name':'n','patch':[{'op':'add','path':'','value':{'a':1}}]}", SS_FRAME_SNAPSHOT, NULL,
      FALSE },
    { "{'name':'n','patch':[{'value':{'a':1},'path':'','op':'add'}]}", SS_FRAME_SNAPSHOT, NULL,
      FALSE },
    /* With a base it is a commit that happens to write everything. */
    { "{'name':'n','patch':[{'op':'replace','path':'','value':{'a':1}}],'base':4,'rev':5}",
      SS_FRAME_UPDATE, NULL, TRUE },
    { "{'name':'n','patch':[{'op':'test','path':'','value':{'a':1}}]}", SS_FRAME_UPDATE, NULL,
      FALSE },
    { "{'name':'n','patch':[{'op':'replace','path':'/','value':1}]}", SS_FRAME_UPDATE, NULL,
      FALSE },
    { "{'name':'n','patch':[{'op':'replace','path':'','value':1},"
      "{'op':'replace','path':'','value':2}]}",
      SS_FRAME_UPDATE, NULL, FALSE },
    { "{'name':'n','patch':[{'op':'replace','path':'/a','value':1}],'epoch':'e','rev':5}",
      SS_FRAME_UPDATE, NULL, TRUE },
    { "{'name':'n','patch':[]}", SS_FRAME_UPDATE, NULL, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (SsFrame) frame = { 0 };

      decode (&frame, cases[i].text);
      g_assert_cmpint (frame.kind, ==, cases[i].kind);
      g_assert_cmpstr (frame.name, ==, "n");
      g_assert_cmpstr (frame.epoch, ==, cases[i].epoch);
      g_assert_cmpint (frame.has_rev, ==, cases[i].has_rev);
      if (frame.kind == SS_FRAME_SNAPSHOT)
        {
          g_autofree char *value = ss_value_to_json (frame.value, NULL);

          assert_readable (value, "{'a':1}");
          g_assert_null (frame.patch);
        }
      else
        {
          g_assert_nonnull (frame.patch);
          g_assert_null (frame.value);
        }
    }
}

static void
test_decode_rest (void)
{
  {
    g_auto (SsFrame) frame = { 0 };

    decode (&frame, "{'hello':{'protocol':'server-signal.v1','signals':['a','b'],'via':['h'],"
                    "'more':1}}");
    g_assert_cmpint (frame.kind, ==, SS_FRAME_HELLO);
    g_assert_cmpstr (frame.protocol, ==, SS_PROTOCOL_V1);
    g_assert_cmpuint (g_strv_length (frame.signals), ==, 2);
    g_assert_cmpstr (frame.signals[1], ==, "b");
    g_assert_cmpuint (g_strv_length (frame.via), ==, 1);
    g_assert_cmpstr (frame.via[0], ==, "h");
  }
  {
    g_auto (SsFrame) frame = { 0 };

    decode (&frame, "{'hello':{'protocol':'server-signal.v1'}}");
    g_assert_cmpuint (g_strv_length (frame.signals), ==, 0);
    g_assert_cmpuint (g_strv_length (frame.via), ==, 0);
  }
  for (SsNews news = SS_NEWS_ADDED; news <= SS_NEWS_FRESH; news++)
    for (gint64 age = -1; age < 2; age++)
      {
        g_autoptr (SsMessage) message = ss_frame_encode_signal (news, "n", age);
        g_auto (SsFrame) frame = { 0 };

        decode (&frame, ss_message_payload (message, NULL));
        g_assert_cmpint (frame.kind, ==, SS_FRAME_SIGNAL);
        g_assert_cmpstr (frame.name, ==, "n");
        g_assert_cmpint (frame.news, ==, news);
        g_assert_cmpint (frame.has_age, ==, news == SS_NEWS_STALE && age >= 0);
        g_assert_cmpuint (frame.age, ==, frame.has_age ? (guint64) age : 0);
      }
  {
    const char *const via[] = { "h", "i", NULL };
    g_autoptr (SsMessage) message = ss_frame_encode_via (via);
    g_auto (SsFrame) frame = { 0 };

    decode (&frame, ss_message_payload (message, NULL));
    g_assert_cmpint (frame.kind, ==, SS_FRAME_VIA);
    g_assert_cmpstrv (frame.via, via);
  }
  for (guint named = 0; named < 2; named++)
    {
      g_autoptr (SsMessage) message = ss_frame_encode_error ("behind", named ? "n" : NULL, "wait");
      g_auto (SsFrame) frame = { 0 };

      decode (&frame, ss_message_payload (message, NULL));
      g_assert_cmpint (frame.kind, ==, SS_FRAME_ERROR);
      g_assert_cmpstr (frame.code, ==, "behind");
      g_assert_cmpstr (frame.name, ==, named ? "n" : NULL);
      g_assert_cmpstr (frame.message, ==, "wait");
    }
  {
    g_auto (SsFrame) frame = { 0 };

    decode (&frame, "{'subscribe':'n','epoch':'e','rev':0,'max':9000}");
    g_assert_cmpint (frame.kind, ==, SS_FRAME_SUBSCRIBE);
    g_assert_cmpstr (frame.name, ==, "n");
    g_assert_cmpstr (frame.epoch, ==, "e");
    g_assert_true (frame.has_rev);
    g_assert_cmpuint (frame.rev, ==, 0);
    g_assert_cmpuint (frame.max, ==, 9000);
  }
  {
    g_auto (SsFrame) frame = { 0 };

    decode (&frame, "{'subscribe':'n','name':5}");
    g_assert_cmpint (frame.kind, ==, SS_FRAME_SUBSCRIBE);
    g_assert_cmpstr (frame.name, ==, "n");
    g_assert_null (frame.epoch);
    g_assert_false (frame.has_rev);
    g_assert_cmpuint (frame.max, ==, 0);
  }
  {
    g_auto (SsFrame) frame = { 0 };

    decode (&frame, "{'unsubscribe':'n'}");
    g_assert_cmpint (frame.kind, ==, SS_FRAME_UNSUBSCRIBE);
    g_assert_cmpstr (frame.name, ==, "n");
  }
  {
    g_auto (SsFrame) frame = { 0 };

    decode (&frame, "{'interval':9007199254740991}");
    g_assert_cmpint (frame.kind, ==, SS_FRAME_INTERVAL);
    g_assert_cmpuint (frame.interval, ==, SS_REVISION_MAX);
  }
}

static void
test_decode_unknown (void)
{
  static const char *const texts[] = {
    "{}",
    "{'name':5}",
    "{'name':'n'}",
    "{'patch':[]}",
    "{'patch':5}",
    "{'publish':'n'}",
    "{'signal':'renamed','name':'n'}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (SsFrame) frame = { 0 };

      decode (&frame, texts[i]);
      g_assert_cmpint (frame.kind, ==, SS_FRAME_UNKNOWN);
    }
}

static void
assert_refused (const char *text,
                gsize       length,
                int         code,
                const char *name)
{
  g_autoptr (GError) error = NULL;
  g_auto (SsFrame) frame = { 0 };
  g_autofree char *shown = NULL;

  g_assert_false (ss_frame_decode (&frame, text, length, &error));
  shown = g_strescape (text, NULL);
  g_test_message ("%.60s: %s", shown, error->message);
  g_assert_error (error, SERVER_SIGNAL_ERROR, code);
  g_assert_cmpstr (frame.name, ==, name);
  g_assert_cmpint (frame.kind, ==, SS_FRAME_UNKNOWN);
  g_assert_null (frame.patch);
  g_assert_null (frame.epoch);
  g_assert_false (frame.has_rev);
}

typedef struct
{
  ServerSignalError code;
  const char       *name;          /* as far as it is known all the same */
  const char       *texts[24];
} Refused;

static void
test_decode_refused (void)
{
  static const Refused cases[] = {
    {
      SERVER_SIGNAL_ERROR_INVALID_JSON,
      NULL,
      {
        "",
        "x",
        "{'subscribe':'n'",
        "{'subscribe':'n'} {}",
        "{'subscribe':'n','subscribe':'n'}",
        "{'subscribe':'\xc3'}",
        "{'name':'n','patch':[{'op':'replace','path':'/v','value':'\xe2\x82'}]}",
        "{'name':'n','patch':[{'op':'replace','path':'/\xff','value':1}]}",
        "{'name':'\xed\xa0\x80','patch':[{'op':'replace','path':'/v','value':1}]}",
        "{'name':'n','patch':[{'op':'replace','path':'/v','value':01}]}",
        "{'name':'n','patch':[{'op':'replace','path':'/v','value':1e999}]}",
        "{'name':'n','patch':[{'op':'replace','path':'/v','value':9223372036854775808}]}",
        "{'name':'n','patch':[{'op':'replace','path':'/v','value':1}]}]",
        "{'name':'n','patch':[{'op':'replace','path':'/v','value':1}],}",
        "{'name':'n','patch':[{'op':'replace','path':'/v','value':1}],'base':1,'rev':02}",
      },
    },
    {
      SERVER_SIGNAL_ERROR_PROTOCOL,
      NULL,
      {
        "5",
        "null",
        "[]",
        "'{}'",
        "{'subscribe':5}",
        "{'subscribe':null}",
        "{'subscribe':''}",
        "{'unsubscribe':['n']}",
        "{'interval':'n'}",
        "{'interval':-1}",
        "{'interval':1.5}",
        "{'name':5,'patch':[]}",
        "{'hello':5}",
        "{'hello':{}}",
        "{'hello':{'protocol':'p','signals':[5]}}",
        "{'hello':{'protocol':'p','via':'h'}}",
        "{'signal':'added'}",
        "{'error':'bad'}",
      },
    },
    {
      SERVER_SIGNAL_ERROR_PROTOCOL,
      "n",
      {
        "{'subscribe':'n','epoch':5}",
        "{'subscribe':'n','epoch':'e','rev':'5'}",
        "{'subscribe':'n','epoch':'e','rev':5.0}",
        "{'subscribe':'n','epoch':'e','rev':-1}",
        "{'subscribe':'n','epoch':'e','rev':9007199254740992}",
        "{'subscribe':'n','max':0}",
        "{'subscribe':'n','max':-1}",
        "{'subscribe':'n','max':true}",
        "{'name':'n','patch':{}}",
        "{'name':'n','patch':null}",
        "{'name':'n','patch':[],'base':'1','rev':1}",
        "{'name':'n','patch':[],'base':1}",
        "{'name':'n','patch':[],'base':2,'rev':1}",
        "{'name':'n','patch':[],'epoch':null,'rev':1}",
        "{'name':'n','patch':[{'op':'replace','path':'/v','value':1}],'base':5,'rev':5}",
        "{'name':'n','patch':[{'op':'replace','path':'/v','value':1}],'base':6,'rev':5}",
        "{'name':'n','patch':[{'op':'replace','path':'/v','value':1}],"
        "'base':5,'rev':9007199254740992}",
        "{'signal':true,'name':'n'}",
        "{'error':{'name':'n'}}",
      },
    },
    {
      SERVER_SIGNAL_ERROR_INVALID_PATCH,
      "n",
      {
        "{'name':'n','patch':[5]}",
        "{'name':'n','patch':[{'op':'replace','path':''}]}",
        "{'name':'n','patch':[{'op':'replace','path':'v','value':1}]}",
        "{'name':'n','patch':[{'op':'replace','path':'/~2','value':1}]}",
        "{'name':'n','patch':[{'op':'swap','path':'/v','value':1}]}",
      },
    },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (const char *const *readable = cases[i].texts; *readable != NULL; readable++)
      {
        g_autofree char *text = test_json (*readable);

        assert_refused (text, strlen (text), (int) cases[i].code, cases[i].name);
      }

  /* A NUL is inside the length, and not the end of the text. */
  assert_refused ("{}\0", 3, SERVER_SIGNAL_ERROR_INVALID_JSON, NULL);
}

static char *
repeat (const char *text,
        guint       times)
{
  GString *string = g_string_new (NULL);

  while (times-- > 0)
    g_string_append (string, text);

  return g_string_free (string, FALSE);
}

/* protocol.md, "Sizes". */
static void
test_decode_limits (void)
{
  /* {"name":…,"patch":[{…"value":V}]} is three levels around V; "x" one around it. */
  static const struct
  {
    const char *prefix;
    const char *suffix;
    guint depth;
    gboolean accepted;
  } cases[] = {
    { "{'name':'n','patch':[{'op':'add','path':'','value':", "}]}", SS_DOCUMENT_DEPTH, TRUE },
    { "{'name':'n','patch':[{'op':'add','path':'','value':", "}]}", SS_DOCUMENT_DEPTH + 1, FALSE },
    { "{'name':'n','patch':[],'x':", "}", SS_FRAME_DEPTH - 1, TRUE },
    { "{'name':'n','patch':[],'x':", "}", SS_FRAME_DEPTH, FALSE },
    { "{'name':'n','patch':[{'op':'add','path':'/v','value':", "}]}", SS_FRAME_DEPTH - 3, TRUE },
    { "{'name':'n','patch':[{'op':'add','path':'/v','value':", "}]}", SS_FRAME_DEPTH - 2, FALSE },
    { "{'x':", "}", 131072, FALSE },
  };
  g_autofree char *hostile = repeat ("[", 131072);
  g_autofree char *longest_name = g_strnfill (SS_NAME_BYTES, 'n');

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *begin = repeat ("[", cases[i].depth);
      g_autofree char *end = repeat ("]", cases[i].depth);
      g_autoptr (GString) text = g_string_new (NULL);

      g_string_append (text, cases[i].prefix);
      g_string_append (text, begin);
      g_string_append (text, end);
      g_string_append (text, cases[i].suffix);
      g_strdelimit (text->str, "'", '"');

      if (cases[i].accepted)
        {
          g_auto (SsFrame) frame = { 0 };

          decode (&frame, text->str);
        }
      else
        {
          g_autoptr (GError) error = NULL;
          g_auto (SsFrame) frame = { 0 };

          g_assert_false (ss_frame_decode (&frame, text->str, text->len, &error));
          g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
        }
    }

  assert_refused (hostile, strlen (hostile), SERVER_SIGNAL_ERROR_LIMIT, NULL);

  for (guint extra = 0; extra < 2; extra++)
    {
      g_autofree char *name = g_strconcat (longest_name, extra ? "x" : "", NULL);
      g_autoptr (ServerSignalPatch) patch =
        test_quoted_patch ("[{'op':'replace','path':'/v','value':1}]");
      SsMessage *messages[] = {
        ss_frame_encode_subscribe (name, NULL, 0, 0),
        ss_frame_encode_unsubscribe (name),
        ss_frame_encode_update (name, patch, 0, 1),
        ss_frame_encode_plain (name, patch),
        ss_frame_encode_signal (SS_NEWS_ADDED, name, -1),
        ss_frame_encode_error ("behind", name, ""),
      };

      for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
        {
          const char *text = ss_message_payload (messages[i], NULL);

          if (extra)
            {
              assert_refused (text, strlen (text), SERVER_SIGNAL_ERROR_LIMIT, NULL);
            }
          else
            {
              g_auto (SsFrame) frame = { 0 };

              decode (&frame, text);
              g_assert_cmpstr (frame.name, ==, name);
            }
          ss_message_unref (messages[i]);
        }
    }
}

/* A space in front is for the slow way of decoding: whichever way, the same comes out. */
static void
assert_same_both_ways (const char *text,
                       gsize       length)
{
  /* Copies of the exact size, so that reading past their ends is noticed. */
  g_autofree char *copy = g_memdup2 (length > 0 ? text : " ", MAX (length, 1));
  g_autofree char *slow_copy = g_malloc (length + 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) slow_error = NULL;
  g_auto (SsFrame) frame = { 0 };
  g_auto (SsFrame) slow = { 0 };
  gboolean decoded;

  slow_copy[0] = ' ';
  memcpy (slow_copy + 1, text, length);
  decoded = ss_frame_decode (&frame, copy, length, &error);
  g_assert_cmpint (ss_frame_decode (&slow, slow_copy, length + 1, &slow_error), ==, decoded);
  g_assert_cmpstr (frame.name, ==, slow.name);

  if (!decoded)
    {
      g_assert_error (error, slow_error->domain, slow_error->code);
      return;
    }

  g_assert_no_error (error);
  g_assert_cmpint (frame.kind, ==, slow.kind);
  g_assert_cmpint (frame.has_base, ==, slow.has_base);
  g_assert_cmpint (frame.has_rev, ==, slow.has_rev);
  g_assert_cmpuint (frame.base, ==, slow.base);
  g_assert_cmpuint (frame.rev, ==, slow.rev);
  g_assert_cmpstr (frame.epoch, ==, slow.epoch);
  g_assert_cmpint (frame.patch != NULL, ==, slow.patch != NULL);
  if (frame.patch != NULL)
    g_assert_cmpstr (ss_patch_text (frame.patch, NULL), ==, ss_patch_text (slow.patch, NULL));
}

/* Every prefix of a frame, and every frame with a byte changed, doubled, lost or put in, is
 * decoded or refused, and nothing worse. */
static void
test_decode_damaged (void)
{
  static const char *const texts[] = {
    "{'name':'counter','patch':[{'op':'replace','path':'/value','value':12}],'base':11,'rev':12}",
    "{'name':'é','patch':[{'op':'add','path':'/a~0/é','value':-7}]}",
    "{'name':'n','patch':[{'op':'replace','path':'/v','value':{'a':[],'base':1,'rev':2}}]}",
    "{'name':'n','patch':[{'op':'replace','path':'/v','value':'é}]}'}],'base':100,'rev':200}",
    "{'name':'n','patch':[{'op':'add','path':'/v','value':1},{'op':'remove','path':'/v'}]}",
    "{'name':'é','patch':[{'op':'replace','path':'','value':{'a':['é']}}],'epoch':'e','rev':3}",
    "{'hello':{'protocol':'server-signal.v1','signals':['a'],'via':[]}}",
    "{'subscribe':'n','epoch':'e','rev':1,'max':100}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = test_json (texts[i]);
      gsize length = strlen (text);

      assert_same_both_ways (text, length);
      for (gsize cut = 0; cut < length; cut++)
        {
          g_auto (SsFrame) frame = { 0 };

          g_assert_false (ss_frame_decode (&frame, text, cut, NULL));
          assert_same_both_ways (text, cut);
        }

      for (gsize place = 0; place < length; place++)
        {
          g_autofree char *copy = g_malloc (length + 1);

          memcpy (copy, text, place);
          memcpy (copy + place, text + place + 1, length - place - 1);
          assert_same_both_ways (copy, length - 1);

          memcpy (copy + place + 1, text + place, length - place);
          for (const char *byte = "\"\\{}[],:019-.ae ~/\x01\xc3\xff";; byte++)
            {
              copy[place] = *byte;
              assert_same_both_ways (copy, length + 1);
              if (*byte == '\0')
                break;
            }

          memcpy (copy, text, length);
          for (const char *byte = "\"\\{}[],:019-.ae ~/\x01\xc3\xff";; byte++)
            {
              copy[place] = *byte;
              assert_same_both_ways (copy, length);
              if (*byte == '\0')
                break;
            }
        }
    }
}

static void
assert_encoded (SsMessage  *message,
                const char *expected)
{
  g_autoptr (SsMessage) taken = message;
  g_auto (SsFrame) frame = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *json = test_json (expected);
  gsize length;
  const char *text = ss_message_payload (taken, &length);

  g_assert_cmpstr (text, ==, json);
  g_assert_true (ss_frame_decode (&frame, text, length, &error));
  g_assert_no_error (error);
}

static void
test_calls (void)
{
  g_autoptr (SsValue) value = ss_value_new_int (7);

  assert_encoded (ss_frame_encode_call ("m", 1, NULL, NULL, 0), "{'call':'m','id':1}");
  assert_encoded (ss_frame_encode_call ("m", SS_REVISION_MAX, value, "k", 9),
                  "{'call':'m','id':9007199254740991,'args':7,'key':'k','max':9}");
  assert_encoded (ss_frame_encode_cancel (0), "{'cancel':0}");
  assert_encoded (ss_frame_encode_reply (3, value), "{'reply':3,'value':7}");
  assert_encoded (ss_frame_encode_failure (3, "c", "m", NULL),
                  "{'reply':3,'error':{'code':'c','message':'m'}}");
  assert_encoded (ss_frame_encode_failure (3, "c", "m", value),
                  "{'reply':3,'error':{'code':'c','message':'m','data':7}}");
  assert_encoded (ss_frame_encode_progress (3, value), "{'progress':3,'value':7}");
}

static gboolean
decodes (const char *readable)
{
  g_autofree char *text = test_json (readable);
  g_auto (SsFrame) frame = { 0 };
  g_autoptr (GError) error = NULL;

  return ss_frame_decode (&frame, text, strlen (text), &error);
}

static void
test_call_limits (void)
{
  static const char *const wrong[] = {
    "{'call':7,'id':1}",
    "{'call':'','id':1}",
    "{'call':'m'}",
    "{'call':'m','id':-1}",
    "{'call':'m','id':1.5}",
    "{'call':'m','id':9007199254740992}",
    "{'call':'m','id':1,'key':''}",
    "{'call':'m','id':1,'key':1}",
    "{'call':'m','id':1,'max':0}",
    "{'cancel':'1'}",
    "{'reply':1}",
    "{'reply':'1','value':1}",
    "{'reply':1,'error':7}",
    "{'reply':1,'error':{}}",
    "{'progress':1}",
  };
  g_autofree char *key = g_strnfill (SS_CALL_KEY_BYTES, 'k');
  g_autofree char *longest = g_strdup_printf ("{'call':'m','id':1,'key':'%s'}", key);
  g_autofree char *longer = g_strdup_printf ("{'call':'m','id':1,'key':'%sx'}", key);
  g_autofree char *name = g_strnfill (SS_NAME_BYTES, 'm');
  g_autofree char *longest_name = g_strdup_printf ("{'call':'%s','id':1}", name);
  g_autofree char *longer_name = g_strdup_printf ("{'call':'%sx','id':1}", name);

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    if (decodes (wrong[i]))
      g_error ("%s was decoded", wrong[i]);
  g_assert_true (decodes (longest));
  g_assert_false (decodes (longer));
  g_assert_true (decodes (longest_name));
  g_assert_false (decodes (longer_name));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/message/header", test_message_header);
  g_test_add_func ("/message/shared", test_message_shared);
  g_test_add_func ("/frame/encode/server", test_encode_server);
  g_test_add_func ("/frame/encode/client", test_encode_client);
  g_test_add_func ("/frame/decode/update", test_decode_update);
  g_test_add_func ("/frame/decode/counter", test_decode_counter);
  g_test_add_func ("/frame/decode/snapshot", test_decode_snapshot);
  g_test_add_func ("/frame/decode/rest", test_decode_rest);
  g_test_add_func ("/frame/decode/unknown", test_decode_unknown);
  g_test_add_func ("/frame/decode/refused", test_decode_refused);
  g_test_add_func ("/frame/decode/limits", test_decode_limits);
  g_test_add_func ("/frame/decode/damaged", test_decode_damaged);

  g_test_add_func ("/frame/calls", test_calls);
  g_test_add_func ("/frame/decode/call-limits", test_call_limits);

  return g_test_run ();
}
