/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Included before everything else where a build on Linux shows that the library needs no Linux: the names that
 * macOS and other kernels do not have are gone. System headers that have them come first. */

#pragma once

/* Some files ask for it, and the headers look for it once. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#undef CLOCK_BOOTTIME
#undef MSG_NOSIGNAL
#undef O_PATH
#undef O_TMPFILE
#undef POLLRDHUP
#undef SIOCOUTQ
#undef SOCK_CLOEXEC
#undef SOCK_NONBLOCK
#undef SO_PEERCRED
#undef TCP_INFO
#undef TCP_USER_TIMEOUT

#pragma GCC poison accept4 dup3 epoll_create epoll_create1 epoll_ctl epoll_wait eventfd getrandom
#pragma GCC poison memfd_create pipe2 prctl sendmmsg recvmmsg signalfd timerfd_create
