/*
 * Banned functions: those that don't know the size of the caller's buffer, or
 * return a static one.  A file that names one does not compile.  The Makefile
 * includes this header before every source file.
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
