/*
 * The operator's key: a csg_operator for csg-sign and csg-policy found.
 */
#ifndef CSG_CMD_COMMON_OPERATOR_H
#define CSG_CMD_COMMON_OPERATOR_H

#include "lib/sign/sign.h"

struct cmd_operator {
	const char *key; /* -k; no default on a workstation */
	const char *pin_source;
};

/* A csg_operator's act, arg being a struct cmd_operator. */
enum csg_rc cmd_operate(void *arg, const struct csg_tally *t,
    struct csg_bundle *out, struct csg_err *err);

#endif
