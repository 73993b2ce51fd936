/*
 * How long a PKCS#11 module may take.
 *
 * A module can hang, with its device, its driver, its network or by a mistake.
 * The only remedy for a call that does not return is to end the process;
 * watchdog.c has the thread that does it.
 */
#ifndef CSG_TOKEN_DEADLINE_H
#define CSG_TOKEN_DEADLINE_H

#define CSG_DEADLINE_SECONDS 60 /* unless somebody says otherwise */
#define CSG_DEADLINE_MAX 3600 /* seconds */
#define CSG_DEADLINE_SLOW 10 /* times as long, for what takes its time */

struct csg_deadline {
	/* What one call may take: 1 to CSG_DEADLINE_MAX.  CSG_DEADLINE_SLOW
	 * times as long when a token is initialised or a key generated, when
	 * the PIN is typed at the token's own pad, and for what libp11 or
	 * p11-kit makes several calls of. */
	unsigned seconds;
	/*
	 * The time is up: write what, one line without its newline, and end the
	 * process.  It runs in the watching thread, beside a call that may hold
	 * any lock: it must not allocate memory, use stdio, or return.
	 */
	void (*expired)(const char *what);
};

#endif
