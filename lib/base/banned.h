/*
 * Banned functions: those that don't know the size of the caller's buffer, or
 * return a static one.  A file that names one does not compile.  The Makefile
 * includes this header before every source file.
 */
#ifndef CSG_BASE_BANNED_H
#define CSG_BASE_BANNED_H

/* On 32-bit systems: times after 2038, and files of more than 2 GB. */
#if __SIZEOF_LONG__ == 4 && !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef sprintf /* macros in some headers */
#undef vsprintf
#undef alloca
#pragma GCC poison strcpy strcat strncpy strncat stpcpy stpncpy strdupa
#pragma GCC poison sprintf vsprintf gets strtok mktemp tmpnam tempnam alloca
#pragma GCC poison asctime ctime gmtime localtime

#endif
