/*
 * The watchdog: a thread that ends the process when a call of a PKCS#11 module
 * does not return in time.  Private to lib/token; deadline.h says why.
 *
 * csg_watchdog_begin() and csg_watchdog_end() enclose every call of a module,
 * libp11 or p11-kit, from dlopen to C_Finalize and dlclose.  Only one thread at
 * a time uses them, and pairs do not nest.
 */
#ifndef CSG_TOKEN_WATCHDOG_H
#define CSG_TOKEN_WATCHDOG_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/token/deadline.h"

struct csg_watchdog;

/* Start a watchdog; whose names what is watched, for example "PKCS#11 module
 * /path".  limit->expired is borrowed.  IO when the thread can't be started.
 * *out belongs to the caller (csg_watchdog_stop()). */
enum csg_rc csg_watchdog_start(const struct csg_deadline *limit,
    const char *whose, struct csg_watchdog **out, struct csg_err *err);
void csg_watchdog_stop(struct csg_watchdog *w);

/* A call begins and ends.  call is its name, a static string.  w can be
 * NULL. */
void csg_watchdog_begin(struct csg_watchdog *w, const char *call, bool slow);
void csg_watchdog_end(struct csg_watchdog *w);

#endif
