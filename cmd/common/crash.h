/*
 * PKCS#11 modules that crash or hang.
 */
#ifndef CSG_CMD_COMMON_CRASH_H
#define CSG_CMD_COMMON_CRASH_H

/* From now on a crash, most likely of a PKCS#11 module, ends the tool as other
 * trouble does (TOKEN). */
void cmd_expect_crash(void);

/* A csg_deadline's hook: end the tool with what (TOKEN). */
void cmd_timed_out(const char *what);

#endif
