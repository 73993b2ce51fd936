/*
 * PKCS#11 modules that crash or hang.
 */
#ifndef CSG_CMD_COMMON_CRASH_H
#define CSG_CMD_COMMON_CRASH_H

/* From now on a crash, most likely of a PKCS#11 module, ends the tool with a
 * message (TOKEN) and exit status 4. */
void cmd_expect_crash(void);

/* The hook of a csg_deadline: end the tool with the message what (TOKEN) and
 * exit status 4. */
void cmd_timed_out(const char *what);

#endif
