/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

/* The limits of the library, in one place. protocol.md's section "Sizes" rules the first group. */

#define SS_FRAME_DEPTH 128                      /* nesting of a frame */
#define SS_DOCUMENT_DEPTH 120                   /* nesting of a document: [] is 1, a number is 0 */
#define SS_FRAME_BYTES (64u * 1024u * 1024u)    /* largest frame that either end takes by default */
#define SS_COPY_BYTES SS_FRAME_BYTES            /* text of all that the copies of one patch make */
/* Text of a document once a copy has been made in it: many patches of a few copies each could make
 * one that nobody could hold or write down. */
#define SS_DOCUMENT_BYTES SS_FRAME_BYTES
#define SS_REVISION_MAX ((G_GUINT64_CONSTANT (1) << 53) - 1)
#define SS_NAME_BYTES 1024                      /* length of a signal's name in UTF-8 */
#define SS_HISTORY_BYTES (1024u * 1024u)        /* patches kept for resuming, for each signal */
#define SS_JOIN_BYTES (4u * 1024u * 1024u)      /* of long histories of a signal, joined at once for who comes back */
#define SS_JOIN_BYTES_PER_SECOND (16u * 1024u * 1024u) /* the same in the long run */
#define SS_JOIN_SHORT_BYTES (32u * 1024u)       /* of a history that is always joined */
#define SS_PENDING_OPERATIONS 10000             /* a frozen replica gathers more as one difference */

/* One connection of the server, and the accept loop. */
#define SS_MESSAGE_BYTES (128u * 1024u)         /* largest message that a hub takes from a peer by default */
#define SS_MESSAGE_FRAGMENTS 1024               /* fragments of one message, from a peer or from a server */
#define SS_FRAGMENT_BYTES 64u                   /* of the message for each fragment beyond those */
#define SS_TURN_MESSAGES 64                     /* taken from one peer before the others' turn */
#define SS_TURN_USEC 1000                       /* in which they are, but for the last */
#define SS_TURN_ALL_USEC 4000                   /* in which all peers' are, before the application's turn */
#define SS_TURN_WRITES 1024                     /* peers whose messages leave before the application's turn */
#define SS_TURN_WRITES_USEC 8000                /* in which they do; all peers' messages are given as much above */
#define SS_TURN_NAMES 256                       /* of signals, told to a new peer at a time */
#define SS_UNFINISHED_FREE_BYTES (16u * 1024u)  /* of a message or a request that is not whole, which nobody minds */
#define SS_UNFINISHED_BYTES (4u * 1024u * 1024u) /* that all of them together may have beyond it */
#define SS_MESSAGE_SECONDS 30                   /* in which a message has to be whole that has begun */
#define SS_TURN_FRAMES 64                      /* read from one peer before the others' turn */
#define SS_TURN_BYTES (64u * 1024u)             /* read from one peer before the others' turn */
/* A closing peer that takes nothing and answers nothing is cut. libsoup does so after 5 seconds,
 * and then loses its timer. */
#define SS_CLOSE_SECONDS 4
#define SS_CLOSE_SECONDS_MAX 30                 /* a closing peer is cut, however busily it empties its queue */
#define SS_LINGER_SECONDS 2                     /* wait for the peer to end a connection that is over */
#define SS_LISTEN_BACKLOG 4096
#define SS_UNIX_MODE 0660                       /* of the file of a unix socket, by default: its owner and its group */
#define SS_ACCEPT_BATCH 64                      /* connections taken in one turn of the main loop */
#define SS_ACCEPT_RETRY_MS 100                  /* pause after accept() failed for want of descriptors or memory */
#define SS_HANDSHAKES 4096                      /* connections that have not become peers yet */
#define SS_FULL_RETRY_SECONDS 5                 /* that a client is told to wait when the hub is full */
#define SS_HANDSHAKES_SHARE 4                   /* a quarter of them may come from one address */
#define SS_DESCRIPTORS_RESERVED 64              /* of those that a process may have, left to the rest of it */
#define SS_DESCRIPTORS_SHARE 16                 /* or a sixteenth of them, where that is less */
#define SS_HANDSHAKE_LEAST_MS 1000              /* before a connection is dropped for a new one */
#define SS_HANDSHAKE_SECONDS 10                 /* in which a connection has to become a peer */
#define SS_REQUEST_BYTES (64u * 1024u)          /* of the head of a request */
#define SS_REQUEST_LINE_BYTES 8192u             /* of its first line */
#define SS_REQUEST_FIELDS 256                   /* in it */
#define SS_REFUSED_BYTES (1024u * 1024u)        /* that still come in after a refusal, so that it arrives */

/* TLS of a hub's own server. GIO's pool has ten threads before it begins to grow, slowly; some are
 * left for the rest of the program. */
#define SS_TLS_RUNNING 8                        /* handshakes at a time */
#define SS_TLS_MS 5000                          /* in which one has to be made */
#define SS_TLS_MS_CROWDED 1000                  /* the same while others wait */
#define SS_TLS_PATIENCE_MS 250                  /* of the first in the queue, before the last is taken instead */
#define SS_HELLO_TLS_BYTES (64u * 1024u)        /* of a ClientHello, in its records */

/* The limits that a hub sets its clients. */
#define SS_BACKLOG_BYTES (1024u * 1024u)        /* that wait for one peer, by default, before updates are merged */
#define SS_HTTP_TURN_BYTES (1024u * 1024u)      /* of answers by HTTP that leave in one turn */
#define SS_HTTP_LEAST_BYTES (16u * 1024u)       /* of each of them, however many there are */
#define SS_HTTP_MOST_BYTES (256u * 1024u)       /* and of one alone */
#define SS_STALL_SECONDS 30                     /* in which a peer has to take something of its queue, by default */
#define SS_ANSWERS_WAITING 1024                 /* answers for a peer that takes too little */
#define SS_KEEPALIVE_SECONDS 20                 /* between two pings, by default */
#define SS_KEEPALIVE_TIMEOUT_SECONDS 15         /* in which a peer gives a sign of life after a ping, by default */
#define SS_BAD_MESSAGES 3                       /* the one that closes */
#define SS_HELLO_BYTES (64u * 1024u)            /* of names in hello; the rest follow as added */
#define SS_MESSAGES_BURST 256                   /* messages at once, and two more for each signal that there is */
#define SS_MESSAGES_PER_SECOND 64               /* messages in the long run */
#define SS_HISTORY_QUESTIONS 16                 /* for a history at once, one more a signal, one a second later */
#define SS_TOO_LARGE_RETRY_MS 1000              /* between looks at a document that was too large for plain */
#define SS_BEHIND_WAIT_MS 2000                  /* a hub that is behind its client waits so long to catch up */
#define SS_RESOLVE_WAIT_MS 5000                 /* a question waits so long for the first data of its signal */
#define SS_ANSWER_BYTES 64                      /* for a question that takes less nothing is resolved */
#define SS_LINGER_MS 10000                      /* a resolved signal that nobody follows stays so long, by default */
#define SS_INSPECTION_MS 1000                   /* between looks at the figures of a hub, while followed */
#define SS_INSPECTED 1000                       /* peers, and signals, that those figures name */
#define SS_INTERVAL_MS_MAX 60000                /* between updates, that a client may ask for; more counts as that */
#define SS_PEERS_MAX 65536                      /* peers of a hub, by default */
#define SS_SUBSCRIPTIONS_MAX 4096               /* signals that one client follows, by default */

/* The log. */
#define SS_LOG_LINES 256                        /* of one event, at once */
#define SS_LOG_LINES_PER_SECOND 16              /* in the long run; the next says how many were left out */

/* Calls. */
#define SS_CALLS_MAX 256                        /* of one peer that are not answered yet, by default */
#define SS_CALLS_PER_SECOND 1000                /* of one peer, by default; as many at once */
#define SS_CALL_KEY_BYTES 128                   /* of the key of a call that may be made again */
#define SS_REPLY_BYTES SS_FRAME_BYTES           /* of replies that wait for a peer that takes too little */
#define SS_ANSWERS_KEPT 1024                    /* of a hub, for calls that are made again */
#define SS_ANSWERS_KEPT_BYTES (4u * 1024u * 1024u) /* of their text */
#define SS_ANSWERS_KEPT_SECONDS 300             /* from the call on */
#define SS_CALLS_WAITING 1024                   /* of a client, for its connection or for their answers */
#define SS_CALL_HELLO_MS 5000                   /* for which they wait for a hello that may not come */

/* Limits on what a server may do to a client. */
#define SS_CONTROL_BURST 1024u                  /* pings and pongs at once */
#define SS_CONTROL_PER_SECOND 64                /* pings and pongs in the long run */
#define SS_UNAUTHORIZED_TRIES 3                 /* with newer credentials in a row, each at once */
#define SS_INTERIM_ANSWERS 16                   /* answers of HTTP (1xx) before the one that counts */
#define SS_REFUSAL_BODY_BYTES (64u * 1024u)     /* of an answer that asks for a password; others are not read */
#define SS_USELESS_BYTES (16u * 1024u * 1024u)  /* of frames that bring no document nearer, at once */
#define SS_USELESS_PER_SECOND (1024u * 1024u)   /* the same in the long run */
#define SS_USELESS_LEAST 128u                   /* so much each of them counts at least */
#define SS_USELESS_MOST (4u * 1024u * 1024u)    /* and so much at most: a name may just have been released */
#define SS_USELESS_NAME 16u                     /* so much counts the coming or going of a name that nobody wants */
#define SS_USELESS_NOTICE 4096u                 /* and so much an error, or the going of one that is wanted */
#define SS_SERVER_NAMES 65536                   /* of the signals that a server has, remembered */
#define SS_VIA_HUBS 64                          /* that a document may come through */

/* Stores. */
#define SS_STORE_PENDING_BYTES (16u * 1024u * 1024u) /* of commits of a signal that a store has not confirmed */
#define SS_STORE_LOG_BYTES (64u * 1024u)        /* of commits before a snapshot, or as the document has */
#define SS_STORE_CONFLICTS 100                  /* of an update with the updates of others */
#define SS_STORE_RETRY_MS 50                    /* before a store is asked again; twice as long each time, 5 times */
#define SS_STORE_CLAIM_MS 200                   /* before a store is asked again whether a lease is free, at most */
#define SS_STORE_AUDIT_MS 5000                  /* between two looks whether a replica is where the store is */
#define SS_REDIS_SILENCE_MS 3000                /* between looks at a connection; the third without a byte ends it */
#define SS_REDIS_RETRY_MS 50                    /* before another connection, at most; then twice as long */
#define SS_REDIS_RETRY_MAX_MS 5000              /* the same in the end */
#define SS_REDIS_GRACE_MS 10000                 /* that an owner is waited for after a failover */
