/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-version.h"

/**
 * server_signal_get_major_version:
 *
 * Gets the major version of the library that the program runs with.
 *
 * Returns: the major version
 *
 * Since: 1.0
 */
guint
server_signal_get_major_version (void)
{
  return SERVER_SIGNAL_MAJOR_VERSION;
}

/**
 * server_signal_get_minor_version:
 *
 * Gets the minor version of the library that the program runs with.
 *
 * Returns: the minor version
 *
 * Since: 1.0
 */
guint
server_signal_get_minor_version (void)
{
  return SERVER_SIGNAL_MINOR_VERSION;
}

/**
 * server_signal_get_micro_version:
 *
 * Gets the micro version of the library that the program runs with.
 *
 * Returns: the micro version
 *
 * Since: 1.0
 */
guint
server_signal_get_micro_version (void)
{
  return SERVER_SIGNAL_MICRO_VERSION;
}
