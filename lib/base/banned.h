/*
 * Functions that don't know how large their buffer is, or keep it for
 * themselves: what names one is not compiled.  The Makefile puts this before
 * every file.
 */
#ifndef CSG_BASE_BANNED_H
#define CSG_BASE_BANNED_H

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
