/*
 * Deadlines for calls of a PKCS#11 module.
 *
 * A module can hang because of its device, driver or network, or a bug.  The
 * only remedy for a call that does not return is to end the process; the thread
 * in watchdog.c does that.
 */
#ifndef CSG_TOKEN_DEADLINE_H
#define CSG_TOKEN_DEADLINE_H

#define CSG_DEADLINE_SECONDS 60 /* default */
#define CSG_DEADLINE_MAX 3600 /* seconds */
#define CSG_DEADLINE_SLOW 10 /* factor for slow calls */

struct csg_deadline {
	/* Time allowed for one call, 1 to CSG_DEADLINE_MAX.  Slow operations
	 * are allowed CSG_DEADLINE_SLOW times as much: initialising a token,
	 * generating a key, a PIN typed at the token's own pad, and functions
	 * of libp11 or p11-kit that make several calls. */
	unsigned seconds;
	/*
	 * Called when the time is up: must write what, one line without a
	 * newline, and end the process.  It runs in the watchdog's thread while
	 * the hanging call may hold any lock, so it must not allocate memory,
	 * use stdio, or return.
	 */
	void (*expired)(const char *what);
};

#endif
