/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

/* Signed by itself and worth nothing: its key stands beside it. */
static const char test_certificate_pem[] =
  "-----BEGIN CERTIFICATE-----\n"
  "MIIBfjCCASWgAwIBAgIUHAQhds+T726qVmpK/qPlLjatYOEwCgYIKoZIzj0EAwIw\n"
  "FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzIwNDU0NFoYDzIxMjYxMDMw\n"
  "MjA0NTQ0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
  "PQMBBwNCAAT/L5w+WBu2Zz71P9FQI6ogxfeZ3lseVg8v3Um5EwJGtctKVLGnck/x\n"
  "4/1gvboxuh/klGIBAjlBmxrzIEhiQQbOo1MwUTAdBgNVHQ4EFgQUyBLzBtMvjtZU\n"
  "rnfujYnFpA9iHckwHwYDVR0jBBgwFoAUyBLzBtMvjtZUrnfujYnFpA9iHckwDwYD\n"
  "VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBSA0Gb5rGbXHnQPTQsVpri\n"
  "iz0WsxF+8UCVe+HS3MyTtgIgHvWwlGXq6t0vJtfcUkwKr9D8gctEQ+SWw90vSwHA\n"
  "kdk=\n"
  "-----END CERTIFICATE-----\n"
  "-----BEGIN PRIVATE KEY-----\n"
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggder2jY2tWHEgKVR\n"
  "tRAXOxi7cqW0FNalFBE5PZ38WDuhRANCAAT/L5w+WBu2Zz71P9FQI6ogxfeZ3lse\n"
  "Vg8v3Um5EwJGtctKVLGnck/x4/1gvboxuh/klGIBAjlBmxrzIEhiQQbO\n"
  "-----END PRIVATE KEY-----\n";
