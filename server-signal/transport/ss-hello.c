/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-hello.h"

#define RECORD_HEADER 5     /* type, version, length of two bytes */
#define RECORD_BYTES 16384  /* the largest that is not encrypted */
#define MESSAGE_HEADER 4    /* type, length of three bytes */
#define TYPE_HANDSHAKE 22
#define TYPE_CLIENT_HELLO 1
#define MAJOR_VERSION 3     /* of every TLS, and of SSL 3 */
/* A client that sends so many is up to no good: each is looked at again. */
#define RECORDS_MAX 1024

gssize
ss_hello_check (const guint8 *bytes,
                gsize         length)
{
  guint8 header[MESSAGE_HEADER];
  gsize n_message = 0;   /* bytes of the message in the records so far */
  gsize message_end = 0; /* its length with its header; 0: not known yet */
  gsize at = 0;

  for (guint i = 0; i < RECORDS_MAX; i++)
    {
      const guint8 *record = bytes + at;
      gsize left = length - at;
      gsize n_record, n_there;

      if ((left > 0 && record[0] != TYPE_HANDSHAKE) || (left > 1 && record[1] != MAJOR_VERSION))
        return -1;

      if (left < RECORD_HEADER)
        return (gssize) (at + RECORD_HEADER + 1);

      /* An empty one would be as good as none, and there could be any number of them. */
      n_record = (gsize) record[3] << 8 | record[4];
      if (n_record == 0 || n_record > RECORD_BYTES)
        return -1;

      n_there = MIN (n_record, left - RECORD_HEADER);
      for (gsize j = 0; j < n_there && n_message + j < MESSAGE_HEADER; j++)
        header[n_message + j] = record[RECORD_HEADER + j];
      if (n_message == 0 && n_there > 0 && header[0] != TYPE_CLIENT_HELLO)
        return -1;

      if (message_end == 0 && n_message + n_there >= MESSAGE_HEADER)
        message_end =
          MESSAGE_HEADER + ((gsize) header[1] << 16 | (gsize) header[2] << 8 | header[3]);

      if (message_end != 0 && n_message + n_there >= message_end)
        return 0;

      /* The bytes known to come: the rest of the record, of the message, and of its header. */
      if (n_there < n_record)
        {
          gsize missing = message_end != 0 ? message_end - n_message - n_there
                                           : MESSAGE_HEADER - n_message - n_there;

          return (gssize) (length + MIN (missing, n_record - n_there));
        }

      n_message += n_record;
      at += RECORD_HEADER + n_record;
    }

  return -1;
}
