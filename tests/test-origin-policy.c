/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include <string.h>

#include "ss-origin-policy.h"

typedef struct
{
  const char      *entries;  /* separated by spaces; NULL: no list */
  const char      *origin;
  const char      *host;
  gboolean         loopback;
  SsOriginVerdict  verdict;
} Case;

#define YES SS_ORIGIN_ALLOWED
#define NO SS_ORIGIN_FOREIGN
#define NO_HOST SS_ORIGIN_HOST_FOREIGN
#define BAD SS_ORIGIN_MALFORMED
#define BAD_HOST SS_ORIGIN_HOST_MALFORMED

static const Case same_host[] = {
  { NULL, NULL, "example.org", FALSE, YES },
  { NULL, "http://example.org", "example.org", FALSE, YES },
  { NULL, "https://example.org:8443", "example.org:3000", FALSE, YES },
  { NULL, "HTTPS://Example.ORG", "eXample.org", FALSE, YES },
  { NULL, "http://127.0.0.1:8080", "127.0.0.1:3000", TRUE, YES },
  { NULL, "http://[::1]:8080", "[::1]:3000", TRUE, YES },
  { NULL, "http://[0:0:0:0:0:0:0:1]", "[::1]", TRUE, YES },
  { NULL, "http://[2001:DB8::1]", "[2001:db8:0::1]", FALSE, YES },
  { NULL, "http://xn--bcher-kva.example", "xn--bcher-kva.example", FALSE, YES },
  { NULL, "chrome-extension://abcdefghijkl", "example.org", FALSE, NO },
  { NULL, "http://example.org", "example.com", FALSE, NO },
  { NULL, "http://sub.example.org", "example.org", FALSE, NO },
  { NULL, "http://example.org", "sub.example.org", FALSE, NO },
  { NULL, "http://example.org.evil.example", "example.org", FALSE, NO },
  { NULL, "http://evilexample.org", "example.org", FALSE, NO },
  { NULL, "http://127.0.0.1:8080", "localhost:3000", TRUE, NO },
  { NULL, "http://localhost:8080", "127.0.0.1:3000", TRUE, NO },
  { NULL, "http://127.0.0.1", "127.0.0.2", TRUE, NO },
  { NULL, "http://[::1]", "127.0.0.1", TRUE, NO },
  { NULL, "http://[::1]", "[::2]", TRUE, NO },
  { NULL, "null", "127.0.0.1", TRUE, SS_ORIGIN_NULL },
  { NULL, "file://", "127.0.0.1", TRUE, SS_ORIGIN_NULL },
  { "", "http://example.org", "example.org", FALSE, YES },
  { "", "http://example.org", "example.com", FALSE, NO },
  { "", "null", "example.com", FALSE, SS_ORIGIN_NULL },
};

/* Only on loopback does the name of the host matter. */
static const Case hosts[] = {
  { NULL, NULL, "127.0.0.1:3000", TRUE, YES },
  { NULL, NULL, "127.8.9.10", TRUE, YES },
  { NULL, NULL, "192.0.2.7", TRUE, YES },
  { NULL, NULL, "[::1]", TRUE, YES },
  { NULL, NULL, "[::ffff:127.0.0.1]:80", TRUE, YES },
  { NULL, NULL, "localhost", TRUE, YES },
  { NULL, NULL, "LocalHost:3000", TRUE, YES },
  { NULL, NULL, "localhost.", TRUE, YES },
  { NULL, NULL, "app.localhost:3000", TRUE, YES },
  { NULL, NULL, "evil.example:3000", TRUE, NO_HOST },
  { NULL, "http://evil.example:3000", "evil.example:3000", TRUE, NO_HOST },
  { NULL, NULL, "notlocalhost", TRUE, NO_HOST },
  { NULL, NULL, "localhost.evil.example", TRUE, NO_HOST },
  { NULL, NULL, "127.0.0.1.evil.example", TRUE, NO_HOST },
  { NULL, NULL, "127.1", TRUE, NO_HOST },
  { NULL, NULL, "2130706433", TRUE, NO_HOST },
  { NULL, NULL, "..", TRUE, NO_HOST },
  { NULL, "http://evil.example:3000", "evil.example:3000", FALSE, YES },
  { "https://app.example", NULL, "app.example:3000", TRUE, YES },
  { "https://app.example", "https://app.example", "app.example", TRUE, YES },
  { "https://app.example", "http://app.example:1", "app.example", TRUE, YES },
  { "https://app.example", NULL, "other.example", TRUE, NO_HOST },
  { "https://app.example", "https://app.example", "other.example", TRUE, NO_HOST },
  { "*.example", NULL, "a.b.example", TRUE, YES },
  { "*.example", NULL, "example", TRUE, NO_HOST },
  { "*", NULL, "evil.example", TRUE, YES },
  { "*", "http://a.example", "evil.example", TRUE, YES },
  { "null", "null", "evil.example", TRUE, NO_HOST },
};

static const Case lists[] = {
  { "https://example.org", "https://example.org", "hub.example", FALSE, YES },
  { "https://example.org", "https://example.org:443", "hub.example", FALSE, YES },
  { "https://example.org:443", "https://example.org", "hub.example", FALSE, YES },
  { "http://example.org:80", "http://example.org", "hub.example", FALSE, YES },
  { "HTTPS://EXAMPLE.org", "https://example.org", "hub.example", FALSE, YES },
  { "https://example.org", "http://example.org", "hub.example", FALSE, NO },
  { "https://example.org", "http://example.org:443", "hub.example", FALSE, NO },
  { "https://example.org", "https://example.org:8443", "hub.example", FALSE, NO },
  { "https://example.org", "https://www.example.org", "hub.example", FALSE, NO },
  { "https://example.org", "https://hub.example:9", "hub.example", FALSE, YES },
  { "https://example.org", "null", "hub.example", FALSE, SS_ORIGIN_NULL },
  { "https://example.org:8443", "https://example.org:8443", "hub.example", FALSE, YES },
  { "https://example.org:8443", "https://example.org", "hub.example", FALSE, NO },
  { "https://a.example https://b.example", "https://b.example", "hub.example", FALSE, YES },
  { "example.org", "https://example.org:8443", "hub.example", FALSE, YES },
  { "example.org", "capacitor://example.org", "hub.example", FALSE, YES },
  { "example.org", "https://sub.example.org", "hub.example", FALSE, NO },
  { "localhost:5173", "http://localhost:5173", "127.0.0.1:3000", TRUE, YES },
  { "localhost:5173", "http://localhost:5174", "127.0.0.1:3000", TRUE, NO },
  { "localhost:80", "http://localhost", "127.0.0.1:3000", TRUE, YES },
  { "[::1]", "http://[0:0::1]:8080", "127.0.0.1:3000", TRUE, YES },
  { "http://[::1]:8080", "http://[::1]:8080", "127.0.0.1:3000", TRUE, YES },
  { "*.example.org", "https://a.b.example.org:9", "hub.example", FALSE, YES },
  { "*.example.org", "https://example.org", "hub.example", FALSE, NO },
  { "*.example.org", "https://.example.org", "hub.example", FALSE, NO },
  { "*.example.org", "https://evilexample.org", "hub.example", FALSE, NO },
  { "https://*.example.org:8443", "https://a.example.org:8443", "hub.example", FALSE, YES },
  { "https://*.example.org:8443", "https://a.example.org", "hub.example", FALSE, NO },
  { "https://*.example.org", "http://a.example.org", "hub.example", FALSE, NO },
  { "https://bücher.example", "https://xn--bcher-kva.example", "hub.example", FALSE, YES },
  { "Bücher.example:8443", "https://xn--bcher-kva.example:8443", "hub.example", FALSE, YES },
  { "https://xn--bcher-kva.example", "https://xn--bcher-kva.example", "hub.example", FALSE, YES },
  { "chrome-extension://abcdefghijkl", "chrome-extension://abcdefghijkl", "127.0.0.1", TRUE, YES },
  { "chrome-extension://abcdefghijkl", "chrome-extension://abcdefghijkm", "127.0.0.1", TRUE, NO },
  { "moz-extension://8ee6a8cc-1b2f-4f05", "moz-extension://8EE6A8CC-1b2f-4f05", "127.0.0.1", TRUE, YES },
  { "null", "null", "127.0.0.1", TRUE, YES },
  { "null", "file://", "127.0.0.1", TRUE, YES },
  { "Null", "null", "127.0.0.1", TRUE, YES },
  { "file://", "null", "127.0.0.1", TRUE, YES },
  { "null", "http://example.org", "127.0.0.1", TRUE, NO },
  { "*", "null", "127.0.0.1", TRUE, YES },
  { "*", "https://anywhere.example:1", "hub.example", FALSE, YES },
};

/* Neither a list nor another sort of server lets these in. */
static const char *const bad_origins[] = {
  "", " ", "Null", "example.org", "http:", "http:/", "http://", "http:example.org", "//example.org",
  "://example.org", "1http://example.org", "ht tp://example.org", "http://example.org/",
  "http://example.org/path", "http://example.org?query", "http://example.org#fragment",
  "http://user@example.org", "http://user:word@example.org", "http://example.org:", "http://example.org:x",
  "http://example.org:0", "http://example.org:65536", "http://example.org:-1", "http://example.org:80:80",
  "http://exa mple.org", "http://ex%61mple.org", "http://b\xc3\xbc" "cher.example", "http://\xff",
  "http://[::1", "http://::1", "http://[::1]x", "http://[::1%25eth0]", "http://[127.0.0.1]", "http://[]",
  "http://*.example.org", "http://a.example http://b.example", "http://a.example, http://b.example",
  "null, null", "file:///", "file:///etc/passwd", "http://example.org\\@evil.example",
};
static const char *const bad_hosts[] = {
  " ", "a b", "a, a", "example.org/", "example.org/path", "user@example.org", "http://example.org",
  "example.org:x", "example.org:65536", "example.org:80:80", "[::1", "::1", "[::1]80", "[::1%25lo]",
  "[localhost]", "b\xc3\xbc" "cher.example", "ex%61mple.org", "*", "*.example.org", "localhost, evil.example",
};

/* They would never stand for anything, or for something else than was meant. */
static const char *const bad_entries[] = {
  "", " ", "https://", "https://example.org/", "https://example.org/path", "https://user@example.org",
  "https://example.org:", "https://example.org:x", "https://example.org:*", "https://*", "*.", "*.*.org",
  "a.*.example.org", "https://a*.example.org", "*.127.0.0.1", "*.[::1]", "[::1", "::1", "**",
  "https://a.example https://b.example", "https://a.example,https://b.example", "://example.org",
  "https://\xff", "https:///example.org", "example.org#", "https://-\xe2\x98\x83:x",
};

static SsOriginPolicy *
new_policy (const char *text)
{
  g_auto (GStrv) entries = NULL;
  const char *wrong = NULL;
  SsOriginPolicy *policy;

  if (text == NULL)
    return NULL;

  entries = g_strsplit (text, " ", -1);
  policy = ss_origin_policy_new ((const char *const *) entries, &wrong);
  if (policy == NULL)
    g_error ("“%s” is no entry", wrong);

  return policy;
}

static void
check (SsOriginPolicy *policy,
       const Case     *test)
{
  SsOriginVerdict verdict =
    ss_origin_policy_check (policy, test->origin, test->host, test->loopback);

  if (verdict != test->verdict)
    g_error ("[%s] origin “%s” at “%s”%s: %d instead of %d", test->entries, test->origin,
             test->host, test->loopback ? " on loopback" : "", verdict, test->verdict);
}

static void
test_cases (gconstpointer data)
{
  for (const Case *test = data; test->host != NULL; test++)
    {
      g_autoptr (SsOriginPolicy) policy = new_policy (test->entries);

      check (policy, test);
    }
}

static void
test_malformed (void)
{
  const char *texts[] = { NULL, "https://example.org *.example.org null", "*" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    for (guint loopback = 0; loopback < 2; loopback++)
      {
        g_autoptr (SsOriginPolicy) policy = new_policy (texts[i]);

        for (guint j = 0; j < G_N_ELEMENTS (bad_origins); j++)
          check (policy, &(Case) { texts[i], bad_origins[j], "localhost", loopback, BAD });

        for (guint j = 0; j < G_N_ELEMENTS (bad_hosts); j++)
          {
            check (policy, &(Case) { texts[i], NULL, bad_hosts[j], loopback, BAD_HOST });
            check (policy,
                   &(Case) { texts[i], "http://localhost", bad_hosts[j], loopback, BAD_HOST });
          }

        /* A request without a host is for nobody's. */
        check (policy, &(Case) { texts[i], NULL, NULL, loopback, loopback ? BAD_HOST : YES });
        check (policy, &(Case) { texts[i], NULL, "", loopback, loopback ? BAD_HOST : YES });
      }

  check (NULL, &(Case) { NULL, "http://example.org", "", FALSE, NO });
  check (NULL, &(Case) { NULL, "http://example.org", NULL, FALSE, NO });
}

static void
test_entries (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_entries); i++)
    {
      const char *entries[] = { "https://example.org", bad_entries[i], "*", NULL };
      const char *wrong = NULL;

      if (ss_origin_policy_new (entries, &wrong) != NULL)
        g_error ("“%s” is an entry", bad_entries[i]);
      g_assert_cmpstr (wrong, ==, bad_entries[i]);
    }
}

#define TABLE(path, cases) \
  G_STMT_START \
  { \
    static Case table[G_N_ELEMENTS (cases) + 1]; \
    memcpy (table, cases, sizeof cases); \
    g_test_add_data_func ("/origin-policy/" path, table, test_cases); \
  } \
  G_STMT_END

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  TABLE ("same-host", same_host);
  TABLE ("hosts", hosts);
  TABLE ("lists", lists);
  g_test_add_func ("/origin-policy/malformed", test_malformed);
  g_test_add_func ("/origin-policy/entries", test_entries);

  return g_test_run ();
}
